import type { Pool } from 'pg';
import type { Outcome } from '@seckill/inventory-client';
import { onConnection } from '../database/transaction.js';
import type { OutcomeColumns } from '../decision/statements.js';
import { outcomeOf } from '../decision/outcome-of.js';

/** Most outcomes in one list. */
export const MAX_LISTED = 100;

/** A request as it was found. */
export interface Found {
  /** The stored outcome, whoever it belongs to; undefined if there is none. */
  outcome: Outcome | undefined;
  /** The database's clock, ms since the Unix epoch. */
  now: number;
}

const columns = `request_id, sale_id, user_id, quantity, decision, existing_request_id`;
const decidedAt = `(extract(epoch FROM decided_at) * 1000)::float8 AS at`;

/** Reads outcomes. */
export class PurchaseStore {
  constructor(private readonly pool: Pool) {}

  /** One request. @param requestId UUID */
  find(requestId: string): Promise<Found> {
    return onConnection(this.pool, async (client) => {
      const { rows } = await client.query<Partial<OutcomeColumns> & { at: number | null; now: number }>({
        name: 'find-purchase',
        text: `
          SELECT o.*, floor(extract(epoch FROM clock_timestamp()) * 1000)::float8 AS now
          FROM (VALUES (1)) one LEFT JOIN LATERAL (
            SELECT ${columns}, ${decidedAt} FROM outcome WHERE request_id = $1 LIMIT 1) o ON true`,
        values: [requestId],
      });
      const [row] = rows;
      if (!row) throw new Error('the database returned no row');
      return {
        outcome: row.at === null ? undefined : outcomeOf(row as OutcomeColumns, row.at),
        now: row.now,
      };
    });
  }

  /**
   * The outcomes of a user in a sale, newest first. Reads the newest of each decision and no more, however many
   * requests the user has filed.
   * @param limit at most this many, up to `MAX_LISTED`
   */
  list(saleId: string, userId: string, limit = MAX_LISTED): Promise<Outcome[]> {
    return onConnection(this.pool, async (client) => {
      const { rows } = await client.query<OutcomeColumns & { at: number }>({
        name: 'list-purchases',
        text: `
          SELECT ${columns}, ${decidedAt}
          FROM unnest(enum_range(NULL::decision)) d(decision) CROSS JOIN LATERAL (
            SELECT request_id, sale_id, user_id, quantity, existing_request_id, decided_at FROM outcome o
            WHERE o.sale_id = $1 AND o.user_id = $2 AND o.decision = d.decision
            ORDER BY decided_at DESC, request_id DESC LIMIT $3) o
          ORDER BY decided_at DESC, request_id DESC LIMIT $3`,
        values: [saleId, userId, Math.min(limit, MAX_LISTED)],
      });
      return rows.map((row) => outcomeOf(row, row.at));
    });
  }
}
