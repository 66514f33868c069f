import type { Pool } from 'pg';
import type { Outcome } from '@seckill/purchase';
import { onConnection } from '../database/transaction.js';
import { outcomeFields } from '../decision/statements.js';

/** Most outcomes in one list. */
export const MAX_LISTED = 100;

/** A request as it was found. */
export interface Found {
  /** The stored outcome, of any user and sale; null if there is none. */
  outcome: Outcome | null;
  /** The database's clock, ms since the Unix epoch. */
  nowMs: number;
}

/** Reads outcomes. */
export class PurchaseStore {
  constructor(private readonly pool: Pool) {}

  /** One request. @param requestId UUID */
  find(requestId: string): Promise<Found> {
    return onConnection(this.pool, async (client) => {
      const { rows } = await client.query<Found>({
        name: 'find-purchase',
        text: `
          SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::float8 AS "nowMs", (
            SELECT to_json(o) FROM (
              SELECT ${outcomeFields} FROM outcome WHERE request_id = $1 LIMIT 1) o) AS outcome`,
        values: [requestId],
      });
      const [row] = rows;
      if (!row) throw new Error('the database returned no row');
      return row;
    });
  }

  /**
   * The outcomes of a user in a sale, newest first. Reads the newest of each decision and no more, however many
   * requests the user has filed.
   * @param limit at most this many, up to `MAX_LISTED`
   */
  list(saleId: string, userId: string, limit = MAX_LISTED): Promise<Outcome[]> {
    return onConnection(this.pool, async (client) => {
      const { rows } = await client.query<Outcome>({
        name: 'list-purchases',
        text: `
          SELECT ${outcomeFields}
          FROM unnest(enum_range(NULL::decision)) d(each) CROSS JOIN LATERAL (
            SELECT * FROM outcome o
            WHERE o.sale_id = $1 AND o.user_id = $2 AND o.decision = d.each
            ORDER BY decided_at DESC, request_id DESC LIMIT $3) o
          ORDER BY decided_at DESC, request_id DESC LIMIT $3`,
        values: [saleId, userId, Math.min(limit, MAX_LISTED)],
      });
      return rows;
    });
  }
}
