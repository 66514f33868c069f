import type { CorrectedClock } from '@seckill/clock';
import { Pool, type ClientConfig, type QueryResultRow } from 'pg';
import { StoreUnreachableError } from './errors.js';
import type { Instance } from './instance.js';
import { PostgresListener } from './postgres-listener.js';
import { CREATE_TABLE, FIND, PUT, READ, SWEEP, TABLE_EXISTS } from './postgres-statements.js';
import type { RegistryOptions } from './registry.js';
import type { Entry, Snapshot, Store, StoreEvents } from './store.js';

/** SQLSTATE of a missing table or schema: the database was replaced by an empty one. */
const TABLE_GONE: ReadonlySet<unknown> = new Set(['42P01', '3F000']);

interface PutRow {
  now: number;
  written: number;
  stale: number;
}

interface ReadRow {
  now: number;
  instances: Instance[];
  released: string[];
}

/**
 * The registry in a Postgres table, with LISTEN/NOTIFY for changes. Creates its table itself, in the schema `registry`.
 * Needs a direct connection: LISTEN does not work through a pooler in transaction mode.
 *
 * Up to three connections per handle: one listens and reads the list, two write and look up. Commits are not flushed:
 * after a crash of the database the next heartbeats write again what was lost.
 */
export class PostgresStore implements Store {
  readonly #name: string;
  readonly #clock: CorrectedClock;
  readonly #pool: Pool;
  readonly #listener: PostgresListener;
  #table: Promise<void> | undefined;

  /** @param url postgres://user:password@host:port/database */
  constructor(url: string, events: StoreEvents, options: RegistryOptions) {
    const { timeoutMs = 2_000, applicationName = 'registry' } = options;
    const { protocol, host, pathname } = new URL(url);
    this.#name = `${protocol}//${host}${pathname}`;
    this.#clock = events.clock;
    const config: ClientConfig = {
      connectionString: url,
      application_name: applicationName,
      connectionTimeoutMillis: timeoutMs,
      statement_timeout: timeoutMs,
      // Longer than the database's own timeout, which leaves the connection usable: this one is for a hung database.
      query_timeout: timeoutMs * 1.25,
      keepAlive: true,
      options: '-c synchronous_commit=off',
    };
    this.#listener = new PostgresListener(config, events);
    this.#pool = new Pool({ ...config, max: 2, allowExitOnIdle: true });
    // Without listeners a broken connection would exit the process. The current or the next statement reports it.
    this.#pool.on('error', () => {});
    this.#pool.on('connect', (client) => client.on('error', () => {}));
  }

  put(entry: Entry): Promise<boolean> {
    const { id, role, address, state, startedAt, revision, ttlMs } = entry;
    return this.#answer(async () => {
      const values = [id, role, address, state, startedAt, revision, ttlMs];
      const [row] = await this.#query<PutRow>(PUT, values, ({ now }) => now);
      if (row!.stale > 0) await this.#query(SWEEP);
      return row!.written > 0;
    });
  }

  find(id: string): Promise<Instance | undefined> {
    return this.#answer(async () => (await this.#query<Instance>(FIND, [id]))[0]);
  }

  read(): Promise<Snapshot> {
    return this.#answer(async () => {
      let mark = 0;
      const row = await this.#listener.queryOne<ReadRow>(READ, () => (mark = this.#clock.mark()));
      this.#clock.correct(mark, row.now);
      return row;
    });
  }

  async close(): Promise<void> {
    this.#listener.close();
    // Connections in use end when their statement has timed out; there is no need to wait for that.
    this.#pool.end().catch(() => {});
  }

  async #answer<T>(query: () => Promise<T>): Promise<T> {
    try {
      await this.#ensureTable();
      return await query();
    } catch (error) {
      if (TABLE_GONE.has((error as { code?: unknown }).code)) this.#table = undefined;
      throw new StoreUnreachableError(this.#name, error);
    }
  }

  #ensureTable(): Promise<void> {
    this.#table ??= this.#createTable().catch((error: unknown) => {
      this.#table = undefined;
      throw error;
    });
    return this.#table;
  }

  /** Checks first, because a role that may use the table may lack the right to create it. */
  async #createTable(): Promise<void> {
    const [found] = await this.#query<{ exists: boolean }>(TABLE_EXISTS);
    if (!found!.exists) await this.#query(CREATE_TABLE);
  }

  /** @param nowOf reads the database's time from the row */
  async #query<Row extends QueryResultRow>(
    statement: string,
    values?: unknown[],
    nowOf?: (row: Row) => number,
  ): Promise<Row[]> {
    const client = await this.#pool.connect();
    const mark = this.#clock.mark();
    try {
      const { rows } = await client.query<Row>(statement, values);
      if (nowOf && rows[0]) this.#clock.correct(mark, nowOf(rows[0]));
      client.release();
      return rows;
    } catch (error) {
      client.release(true);
      throw error;
    }
  }
}
