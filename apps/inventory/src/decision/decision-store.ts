import type { Pool } from 'pg';
import type { Purchase } from '@seckill/purchase';
import { onConnection } from '../database/transaction.js';
import { decide } from './decide.js';
import { holder, type DecidedBatch, type Known } from './decision.js';
import { lockSales, readKnown, writeDecided, type KnownRow, type SaleRow } from './statements.js';

/** The only way in which outcomes and stock are written: one transaction for a whole batch. */
export class DecisionStore {
  constructor(private readonly pool: Pool) {}

  /**
   * Decides a batch. When it resolves, every outcome in it is durable.
   *
   * The sales are locked first. What is read after that cannot change until the end, so that two concurrent batches decide
   * as if one came after the other. If every outcome was stored before, nothing is written or flushed.
   * @throws DatabaseUnavailableError if nothing is known about any of it
   * @throws pg.DatabaseError (`isRefusedRow`) if nothing was written because of a row that the database refuses
   */
  decide(purchases: readonly Purchase[]): Promise<DecidedBatch> {
    return onConnection(this.pool, async (client) => {
      // Sent together, executed one after the other: the read follows the locks without a round trip. If one fails, those
      // after it fail too.
      const [, { rows: sales }, { rows: read }] = await Promise.all([
        client.query('BEGIN ISOLATION LEVEL READ COMMITTED'),
        client.query<SaleRow>(lockSales(purchases)),
        client.query<KnownRow>(readKnown(purchases)),
      ]);
      const known = knownOf(read, sales);
      const decided = decide(purchases, known);
      if (decided.fresh.length === 0) {
        await client.query('ROLLBACK');
        return decided;
      }
      // If the first fails, the second ends the transaction without committing it.
      const [written] = await Promise.all([client.query(writeDecided(decided)), client.query('COMMIT')]);
      if (written.rowCount !== decided.fresh.length)
        throw new Error(`${written.rowCount} of ${decided.fresh.length} outcomes were written`);
      return decided;
    });
  }
}

function knownOf([row]: readonly KnownRow[], sales: readonly SaleRow[]): Known {
  if (!row) throw new Error('the database returned no row');
  return {
    now: Math.floor(row.nowMs),
    sales: new Map(sales.map((sale) => [sale.saleId, sale])),
    stored: new Map(row.stored.map((outcome) => [outcome.requestId, outcome])),
    holdings: new Map(row.holdings.map((holding) => [holder(holding), holding])),
  };
}
