import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { scratchDirectory, startEmbeddedPostgres, type EmbeddedPostgres } from '@seckill/embedded';
import { uniqueSaleId } from '@tools/load';
import pg from 'pg';
import { migrate } from '../../../apps/inventory/src/database/migrate.js';
import { whole } from '@tools/command-line';
import { makeRowLockTables, RowLockStore } from '../baselines/row-lock.js';
import { Forked, RoundFailedError } from '../forked/forked.js';
import type { LedgerOrder, LedgerSeen, LedgerWay } from '../ledger/order.js';
import { cpuPerRequest, readProcesses, type ProcessReading } from '../measure/processes.js';
import type { PartContext } from './part.js';

/** One way of writing requests, in turns with the others. */
export interface LedgerCell {
  readonly way: LedgerWay;
  readonly items: number;
  readonly size: number;
  /** null where a round failed. */
  readonly rounds: ({
    readonly perSecond: number;
    readonly cpuMs: Readonly<Record<string, number>>;
  } | null)[];
}

/** What inventory alone has measured. */
export interface LedgerData {
  readonly cells: readonly LedgerCell[];
}

const SIZES = [1, 16, 64, 256, 1_024];
const RAMP_MS = 1_000;
const SPARE_MS = 60_000;
const silent = { log: () => {}, warn: () => {}, error: () => {} };

/** Inventory's own store, without gRPC, beside row locks and beside what Postgres can do at most with these rows. */
export async function inventoryPart(context: PartContext): Promise<void> {
  const directory = scratchDirectory('bench-inventory');
  const databases = ['ledger', 'ordinary'];
  const postgres = await startEmbeddedPostgres({ dataDir: join(directory, 'postgres'), databases });
  const child = new Forked<LedgerOrder>('ledger/main.js');
  try {
    await migrate(postgres.url('ledger'), silent);
    await makeRowLockTables(postgres.url('ordinary'));
    await child.start();
    const cells: LedgerCell[] = [];
    for (const items of [1, 100]) {
      const sized = SIZES.flatMap((size) => [
        newCell('inventory', items, size),
        newCell('plain insert', items, size),
      ]);
      const group = [newCell('row locks', items, 1), ...sized];
      cells.push(...group);
      for (let round = 1; round <= context.options.rounds; round++) {
        for (const cell of group) {
          context.check();
          const line = await measure(context, postgres, child, cell);
          context.say(
            `${round}/${context.options.rounds}  ${items} items, ${cell.way}, batches of ${cell.size}: ${line}`,
          );
          context.save({ cells } satisfies LedgerData);
        }
      }
    }
  } finally {
    child.close();
    await postgres.stop();
    await rm(directory, { recursive: true, force: true });
  }
}

const newCell = (way: LedgerWay, items: number, size: number): LedgerCell => ({
  way,
  items,
  size,
  rounds: [],
});

async function measure(
  { options }: PartContext,
  postgres: EmbeddedPostgres,
  child: Forked<LedgerOrder>,
  { way, items, size, rounds }: LedgerCell,
): Promise<string> {
  const url = postgres.url(way === 'row locks' ? 'ordinary' : 'ledger');
  const saleIds = await openSales(url, way, items);
  const read = () => readProcesses({ inventory: child.pid, postgres: postgres.pid });
  let before: ProcessReading | undefined;
  let after: ProcessReading | undefined;
  const measureMs = options.seconds * 1_000;
  try {
    const { requests, elapsedMs } = await child.round<LedgerSeen>(
      { way, size, url, saleIds, rampMs: RAMP_MS, measureMs },
      RAMP_MS + measureMs + SPARE_MS,
      { measuring: () => void (before = read()), measured: () => void (after = read()) },
    );
    const perSecond = (requests / elapsedMs) * 1_000;
    rounds.push({ perSecond, cpuMs: cpuPerRequest(before!, after!, requests) });
    return `${whole(perSecond)}/s`;
  } catch (error) {
    if (!(error instanceof RoundFailedError)) throw error;
    rounds.push(null);
    return `failed: ${error.message}`;
  }
}

async function openSales(url: string, way: LedgerWay, items: number): Promise<string[]> {
  const round = uniqueSaleId('bench');
  const ids = Array.from({ length: items }, (_, item) => `${round}-${item}`);
  if (way === 'row locks') {
    const store = new RowLockStore(url, 1);
    await store.open(ids);
    await store.close();
    return ids;
  }
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(
      `INSERT INTO sale (sale_id, title, total, per_user_limit, opens_at, closes_at, available, reserved, sold, version)
       SELECT id, id, 2000000000, 1, now() - interval '1 day', now() + interval '1 day', 2000000000, 0, 0, 1
       FROM unnest($1::text[]) id`,
      [ids],
    );
  } finally {
    await client.end();
  }
  return ids;
}
