import type { Pool } from 'pg';
import type { Outcome } from '@seckill/inventory-client';
import { onConnection } from '../database/transaction.js';
import { decide } from './decide.js';
import { holder, type Decided, type Entry, type Holding, type Known, type SaleState } from './decision.js';
import { outcomeOf } from './outcome-of.js';
import { lockSales, readKnown, writeDecided, type KnownRow, type SaleRow } from './statements.js';

/** The only way in which outcomes and stock are written: one transaction for a whole batch. */
export class DecisionStore {
  constructor(private readonly pool: Pool) {}

  /**
   * Decides a batch. When it resolves, every outcome in it is durable.
   *
   * The sales are locked first; what is read after that cannot change until the end, so that two batches side by side
   * decide as if one had come after the other. If everything was stored before, nothing is written and nothing flushed.
   * @throws DatabaseUnavailableError if nothing is known about any of it
   * @throws pg.DatabaseError (`isRefusedRow`) if nothing was written because of a row that the database refuses
   */
  decide(entries: readonly Entry[]): Promise<Decided> {
    return onConnection(this.pool, async (client) => {
      // Sent together, done one after the other: who waited for the locks reads at once, without a way to here and back
      // meanwhile. Should one fail, those behind it fail too.
      const [, { rows: sales }, { rows }] = await Promise.all([
        client.query('BEGIN ISOLATION LEVEL READ COMMITTED'),
        client.query<SaleRow>(lockSales(entries)),
        client.query<KnownRow>(readKnown(entries)),
      ]);
      const known = knownOf(rows, sales);
      const decided = decide(entries, known);
      if (decided.fresh.length === 0) {
        await client.query('ROLLBACK');
        return decided;
      }
      // Should the first fail, the second ends the transaction without committing it.
      const [written] = await Promise.all([
        client.query(writeDecided(decided, known.now)),
        client.query('COMMIT'),
      ]);
      if (written.rowCount !== decided.fresh.length)
        throw new Error(`${decided.fresh.length} outcomes were to be written, and ${written.rowCount} were`);
      return decided;
    });
  }
}

function knownOf(rows: readonly KnownRow[], sales: readonly SaleRow[]): Known {
  const stored = new Map<string, Outcome>();
  const holdings = new Map<string, Holding>();
  let now: number | undefined;
  for (const row of rows) {
    if (row.kind === 'clock') now = Math.floor(row.at);
    else if (row.kind === 'stored') stored.set(row.request_id, outcomeOf(row, row.at));
    else holdings.set(holder(row.sale_id, row.user_id), { units: row.quantity, newest: row.request_id });
  }
  if (now === undefined) throw new Error('the database did not tell the time');
  return { now, sales: new Map(sales.map((row) => [row.sale_id, saleOf(row)])), stored, holdings };
}

function saleOf(row: SaleRow): SaleState {
  return {
    available: row.available,
    perUserLimit: row.per_user_limit,
    opensAt: row.opens_at,
    closesAt: row.closes_at,
  };
}
