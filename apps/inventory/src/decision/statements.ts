import type { QueryConfig } from 'pg';
import { numberArray, textArray } from '../database/arrays.js';
import type { Decided, Entry, FreshOutcome } from './decision.js';

/** ms since the epoch of a timestamptz column, exact for times that were whole ms. */
const ms = (column: string) => `(extract(epoch FROM ${column}) * 1000)::float8`;

/**
 * Locks the sales of a batch, in one order for everybody, and reads them. A statement of its own: under READ
 * COMMITTED a statement sees what was committed before it began, and this one may have to wait for its locks.
 * What is read here is fresh all the same: a locked row is read again after the wait.
 */
export function lockSales(entries: readonly Entry[]): QueryConfig {
  return {
    name: 'lock-sales',
    text: `
      SELECT sale_id, available, per_user_limit, ${ms('opens_at')} AS opens_at, ${ms('closes_at')} AS closes_at
      FROM sale WHERE sale_id = ANY($1::text[]) AND NOT purging
      ORDER BY sale_id FOR UPDATE`,
    values: [textArray(new Set(entries.map(({ saleId }) => saleId)))],
  };
}

/** A row of `lockSales`. */
export interface SaleRow {
  sale_id: string;
  available: number;
  per_user_limit: number;
  opens_at: number;
  closes_at: number;
}

/**
 * Reads, after the locks and with a fresh snapshot, which requests are stored already, what each user has reserved
 * and the clock. Neither read can become a join (an array of keys, a lateral that sums): one index lookup for each
 * key, however the planner saw the tables when it made the plan.
 */
export function readKnown(entries: readonly Entry[]): QueryConfig {
  const users = new Map(entries.map((entry) => [`${entry.saleId} ${entry.userId}`, entry]));
  return {
    name: 'read-known',
    text: `
      SELECT 'clock' AS kind, NULL::uuid AS request_id, NULL AS sale_id, NULL AS user_id, 0 AS quantity,
        NULL::decision AS decision, NULL::uuid AS existing_request_id, ${ms('clock_timestamp()')} AS at
      UNION ALL
      SELECT 'stored', request_id, sale_id, user_id, quantity, decision, existing_request_id, ${ms('decided_at')}
      FROM outcome WHERE request_id = ANY($1::uuid[])
      UNION ALL
      SELECT 'held', (
          SELECT request_id FROM outcome o
          WHERE o.sale_id = u.sale_id AND o.user_id = u.user_id AND o.decision = 'reserved'
          ORDER BY decided_at DESC, request_id DESC LIMIT 1),
        u.sale_id, u.user_id, h.units::int, NULL, NULL, NULL
      FROM unnest($2::text[], $3::text[]) u(sale_id, user_id) CROSS JOIN LATERAL (
        SELECT sum(quantity) AS units FROM outcome o
        WHERE o.sale_id = u.sale_id AND o.user_id = u.user_id AND o.decision = 'reserved') h
      WHERE h.units > 0`,
    values: [
      textArray(new Set(entries.map(({ requestId }) => requestId))),
      textArray(Array.from(users.values(), ({ saleId }) => saleId)),
      textArray(Array.from(users.values(), ({ userId }) => userId)),
    ],
  };
}

/** A row of `readKnown`. */
export type KnownRow =
  | { kind: 'clock'; at: number }
  | ({ kind: 'stored'; at: number } & OutcomeColumns)
  | { kind: 'held'; request_id: string; sale_id: string; user_id: string; quantity: number };

/** Columns of an outcome, as they are read. */
export interface OutcomeColumns {
  request_id: string;
  sale_id: string;
  user_id: string;
  quantity: number;
  decision: Decided['fresh'][number]['outcome']['decision'];
  existing_request_id: string | null;
}

/** Writes everything that a batch decided: new outcomes, and what they take from the stock. */
export function writeDecided({ fresh, taken }: Decided, now: number): QueryConfig {
  // In the order of request ids, so that two batches that write the same ones cannot wait for each other in a circle.
  const rows = fresh.toSorted((a, b) => (a.outcome.requestId < b.outcome.requestId ? -1 : 1));
  const text = (of: (row: FreshOutcome) => string | undefined) => textArray(rows.map(of));
  const number = (of: (row: FreshOutcome) => number | undefined) => numberArray(rows.map(of));
  return {
    name: 'write-decided',
    text: `
      WITH stock AS (
        UPDATE sale SET available = available - t.units, reserved = reserved + t.units
        FROM unnest($10::text[], $11::int[]) t(sale_id, units) WHERE sale.sale_id = t.sale_id)
      INSERT INTO outcome (request_id, sale_id, user_id, quantity, decision, existing_request_id,
        accepted_at, decide_by, decided_at)
      SELECT request_id, sale_id, user_id, quantity, decision, existing_request_id,
        to_timestamp(accepted_at / 1000), to_timestamp(decide_by / 1000), to_timestamp($9::float8 / 1000)
      FROM unnest($1::uuid[], $2::text[], $3::text[], $4::int[], $5::decision[], $6::uuid[], $7::float8[], $8::float8[])
        r(request_id, sale_id, user_id, quantity, decision, existing_request_id, accepted_at, decide_by)`,
    values: [
      text(({ outcome }) => outcome.requestId),
      text(({ outcome }) => outcome.saleId),
      text(({ outcome }) => outcome.userId),
      number(({ outcome }) => outcome.quantity),
      text(({ outcome }) => outcome.decision),
      text(({ outcome }) => outcome.existingRequestId),
      number(({ acceptedAt }) => acceptedAt),
      number(({ decideBy }) => decideBy),
      now,
      textArray(taken.keys()),
      numberArray(taken.values()),
    ],
  };
}
