import pg from 'pg';
import { uniqueSaleId } from '@tools/load';
import { whole } from '@tools/command-line';
import type { MeasuredSystem } from '../baselines/measured-system.js';
import { Stage } from '../baselines/stage.js';
import { inTurns, warmUp, type Cell } from './cells.js';
import type { PartContext } from './part.js';

/** What rows have measured: the variants are `empty` and so many rows. */
export interface RowsData {
  readonly cells: readonly Cell[];
}

const CONNECTIONS = [256, 1_024];
const ROWS_AT_ONCE = 250_000;

/** Variant of a cell whose table holds so many outcomes from before. */
const rowsVariant = (rows: number): string => (rows === 0 ? 'empty' : `${whole(rows)} rows`);

/**
 * Two whole systems, each with its own RocketMQ and Postgres: one whose table of outcomes only holds what the rounds
 * write, one that is filled. They take turns, so that a busy machine is so for both.
 */
export async function rowsPart(context: PartContext): Promise<void> {
  const { options, say } = context;
  const { rocketmq, anchor } = options;
  const start = () => Stage.start({ rocketmq, systems: ['ours'], anchor, say });
  const stages: Stage[] = [];
  const cells: Cell[] = [];
  const save = () => context.save({ cells } satisfies RowsData);
  try {
    stages.push(await start());
    stages.push(await start());
    const [empty, full] = stages.map((stage) => stage.find('ours')) as [MeasuredSystem, MeasuredSystem];
    await warmUp(context, [empty, full]);
    let stored = 0;
    for (const rows of options.rows.toSorted((a, b) => a - b)) {
      await fill(context, stages[1]!.system.ledgerUrl, rows - stored);
      stored = rows;
      for (const connections of CONNECTIONS) {
        const load = { kind: 'closed' as const, connections };
        const turn = (system: MeasuredSystem, count: number) => ({
          system,
          items: 1,
          load,
          variant: count === 0 ? `empty, beside ${rowsVariant(rows)}` : rowsVariant(count),
        });
        await inTurns(context, [turn(empty, 0), turn(full, rows)], cells, save);
      }
    }
  } finally {
    for (const stage of stages) await stage.stop();
  }
}

/** Adds outcomes as a hundred earlier sales would have left them, and leaves the table as autovacuum would. */
async function fill({ say, check }: PartContext, url: string, rows: number): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const sales = uniqueSaleId('old');
    await client.query(
      `INSERT INTO sale (sale_id, title, total, per_user_limit, opens_at, closes_at, available, reserved, sold, version)
       SELECT $1 || '-' || i, 'old', 2000000000, 1, now() - interval '2 days', now() - interval '1 day', 2000000000, 0, 0, 1
       FROM generate_series(0, 99) i`,
      [sales],
    );
    for (let done = 0; done < rows; done += ROWS_AT_ONCE) {
      check();
      const upTo = Math.min(rows, done + ROWS_AT_ONCE);
      await client.query(
        `INSERT INTO outcome (request_id, sale_id, user_id, quantity, decision, accepted_at, decide_by, decided_at)
         SELECT gen_random_uuid(), $1::text || '-' || i % 100, 'buyer-' || i, 1, 'sold_out',
           now() - interval '1 day', now() - interval '1 day', now() - interval '1 day'
         FROM generate_series($2::bigint, $3::bigint) i`,
        [sales, done, upTo - 1],
      );
      say(`${whole(upTo)} of ${whole(rows)} rows added`);
    }
    await client.query('VACUUM (ANALYZE) outcome');
  } finally {
    await client.end();
  }
}
