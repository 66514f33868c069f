import type { Pool } from 'pg';
import type { Ledger } from '@seckill/inventory-client';
import type { Decision } from '@seckill/purchase';
import { inTransaction } from '../database/transaction.js';
import { saleColumns, saleOf, type SaleColumns } from './sale-columns.js';

/** Counts decisions. */
export class LedgerStore {
  /** @param timeoutMs most ms for a count */
  constructor(
    private readonly pool: Pool,
    private readonly timeoutMs = 30_000,
  ) {}

  /** A sale and the counts of its outcomes at one moment, or undefined. Reads every outcome of the sale. */
  get(saleId: string): Promise<Ledger | undefined> {
    return inTransaction(
      this.pool,
      async (client) => {
        // A count over millions of rows may read the whole table.
        await client.query(`SET LOCAL statement_timeout = ${this.timeoutMs}; SET LOCAL enable_seqscan = on`);
        const sales = await client.query<SaleColumns>(
          `SELECT ${saleColumns} FROM sale WHERE sale_id = $1 AND NOT purging`,
          [saleId],
        );
        const [row] = sales.rows;
        if (!row) return undefined;
        const counts = await client.query<{ decision: Decision; requests: number; units: number }>({
          text: `SELECT decision, count(*)::float8 AS requests, sum(quantity)::float8 AS units
                 FROM outcome WHERE sale_id = $1 GROUP BY decision`,
          values: [saleId],
          query_timeout: this.timeoutMs + 2_000,
        } as { text: string; values: unknown[] });
        const ledger: Ledger = { sale: saleOf(row), counts: {} };
        for (const { decision, requests, units } of counts.rows)
          ledger.counts[decision] = { requests, units };
        return ledger;
      },
      'ISOLATION LEVEL REPEATABLE READ READ ONLY',
    );
  }
}
