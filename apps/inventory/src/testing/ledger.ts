import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { scratchDirectory, startEmbeddedPostgres, type EmbeddedPostgres } from '@seckill/embedded';
import type { SaleTerms } from '@seckill/inventory-client';
import { examplePurchase, type Purchase } from '@seckill/purchase';
import { Database, type DatabaseOptions } from '../database/database.js';
import { migrate } from '../database/migrate.js';
import { DecisionStore } from '../decision/decision-store.js';
import { SaleStore } from '../sale/sale-store.js';

/** A log that writes nothing. */
export const silent = { log: () => {}, warn: () => {}, error: () => {} };

/** A migrated ledger in a Postgres of its own, for one spec file. */
export class TestLedger {
  readonly #opened: Database[] = [];

  private constructor(
    private readonly directory: string,
    private postgres: EmbeddedPostgres,
    /** Connections beside the tested ones, to look and to interfere. */
    readonly outside: pg.Pool,
  ) {}

  static async start(): Promise<TestLedger> {
    const directory = scratchDirectory('inventory-spec');
    const postgres = await startEmbeddedPostgres({
      dataDir: join(directory, 'postgres'),
      fromTemplate: true,
      databases: ['ledger', 'registry'],
    });
    await migrate(postgres.url('ledger'), silent);
    const outside = new pg.Pool({ connectionString: postgres.url('ledger'), max: 4 });
    outside.on('error', () => {});
    return new TestLedger(directory, postgres, outside);
  }

  get url(): string {
    return this.postgres.url('ledger');
  }

  /** A database for a registry, beside the ledger. */
  get registryUrl(): string {
    return this.postgres.url('registry');
  }

  /** Connections as the app has them. */
  open(options: Partial<DatabaseOptions> = {}): Database {
    const database = new Database({ url: this.url, ...options });
    this.#opened.push(database);
    return database;
  }

  /** A sale that is open; returns its id, new each time. */
  async sale(terms: Partial<SaleTerms> = {}): Promise<string> {
    const saleId = `sale-${randomUUID()}`;
    const now = Date.now();
    const usual = {
      title: 'A sale',
      total: 100,
      perUserLimit: 1,
      opensAt: now - 60_000,
      closesAt: now + 3_600_000,
    };
    const database = this.#opened[0] ?? this.open();
    const conditions = { ifMatch: [], mustExist: false, mustNotExist: false };
    await new SaleStore(database.reads).put(saleId, { ...usual, ...terms }, conditions);
    return saleId;
  }

  /** A store over connections of its own. */
  decisions(options: Partial<DatabaseOptions> = {}): DecisionStore {
    return new DecisionStore(this.open(options).decisions);
  }

  /** The stock as the database has it, beside what its outcomes say. */
  async books(saleId: string) {
    const { rows } = await this.outside.query<{
      total: number;
      available: number;
      reserved: number;
      sold: number;
      granted: number;
    }>(
      `SELECT total, available, reserved, sold, (SELECT coalesce(sum(quantity), 0)::int FROM outcome o
         WHERE o.sale_id = s.sale_id AND decision = 'reserved') AS granted
       FROM sale s WHERE sale_id = $1`,
      [saleId],
    );
    return rows[0]!;
  }

  /** Ends the server as a crash would. */
  kill(): Promise<void> {
    return this.postgres.kill();
  }

  /** Starts it again, where it was. */
  async restart(): Promise<void> {
    this.postgres = await startEmbeddedPostgres({
      dataDir: join(this.directory, 'postgres'),
      port: this.postgres.port,
      databases: ['ledger', 'registry'],
    });
  }

  async remove(): Promise<void> {
    await Promise.all(this.#opened.map((database) => database.end()));
    await this.outside.end();
    await this.postgres.stop();
    await rm(this.directory, { recursive: true, force: true });
  }
}

/** A purchase of one unit, by a user of its own, with a minute left. */
export const purchase = (saleId: string, fields: Partial<Purchase> = {}): Purchase =>
  examplePurchase({ saleId, ...fields });
