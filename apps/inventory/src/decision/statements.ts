import type { QueryConfig } from 'pg';
import type { Outcome, Purchase } from '@seckill/purchase';
import { namedRows } from '../database/named-rows.js';
import { textArray } from '../database/arrays.js';
import { holder, type DecidedBatch, type FreshOutcome, type Holding, type SaleState } from './decision.js';

/** ms since the epoch of a timestamptz column, exact for times that were whole ms. */
const ms = (column: string) => `(extract(epoch FROM ${column}) * 1000)::float8`;

/** Where each field of an outcome is stored. */
const outcomeColumns: Readonly<Record<keyof Outcome, string>> = {
  requestId: 'request_id',
  saleId: 'sale_id',
  userId: 'user_id',
  quantity: 'quantity',
  decision: 'decision',
  decidedAtMs: ms('decided_at'),
  existingRequestId: `coalesce(existing_request_id::text, '')`,
};

/** Selects outcomes, under the names of their fields: a row is an `Outcome`. */
export const outcomeFields = Object.entries(outcomeColumns)
  .map(([field, column]) => `${column} AS "${field}"`)
  .join(', ');

/** What is written of a fresh outcome, by column. Every field of a purchase and of its outcome belongs here. */
const written = namedRows<FreshOutcome>({
  request_id: ['uuid', ({ purchase }) => purchase.requestId],
  sale_id: ['text', ({ purchase }) => purchase.saleId],
  user_id: ['text', ({ purchase }) => purchase.userId],
  quantity: ['int', ({ purchase }) => purchase.quantity],
  // Not known for a request that was only asked about.
  accepted_at: ['ms', ({ purchase }) => purchase.acceptedAtMs || undefined],
  decide_by: ['ms', ({ purchase }) => purchase.decideByMs],
  decision: ['decision', ({ outcome }) => outcome.decision],
  decided_at: ['ms', ({ outcome }) => outcome.decidedAtMs],
  existing_request_id: ['uuid', ({ outcome }) => outcome.existingRequestId || undefined],
});

/** What a batch takes from the stock, by column. */
const taking = namedRows<[saleId: string, units: number]>(
  { sale_id: ['text', ([saleId]) => saleId], units: ['int', ([, units]) => units] },
  written.parameters,
);

/**
 * Locks the sales of a batch, always in the same order, and reads them. A statement of its own: under READ COMMITTED a
 * statement sees what was committed before it began, and this one may have to wait for its locks. Its own result is
 * fresh all the same: a locked row is read again after the wait.
 */
export function lockSales(purchases: readonly Purchase[]): QueryConfig {
  return {
    name: 'lock-sales',
    text: `
      SELECT sale_id AS "saleId", available, per_user_limit AS "perUserLimit",
        ${ms('opens_at')} AS "opensAt", ${ms('closes_at')} AS "closesAt"
      FROM sale WHERE sale_id = ANY($1::text[]) AND NOT purging
      ORDER BY sale_id FOR UPDATE`,
    values: [textArray(new Set(purchases.map(({ saleId }) => saleId)))],
  };
}

/** A row of `lockSales`. */
export type SaleRow = { saleId: string } & SaleState;

/**
 * Reads, after the locks and with a fresh snapshot, which requests are stored already, what each user has reserved
 * and the clock. Neither read can become a join (an array of keys, a lateral that sums): one index lookup for each
 * key, however the planner saw the tables when it made the plan. Each result is an array with a name of its own.
 */
export function readKnown(purchases: readonly Purchase[]): QueryConfig {
  const users = Array.from(new Map(purchases.map((purchase) => [holder(purchase), purchase])).values());
  return {
    name: 'read-known',
    text: `
      SELECT ${ms('clock_timestamp()')} AS "nowMs",
        (SELECT coalesce(json_agg(s), '[]')
          FROM (SELECT ${outcomeFields} FROM outcome WHERE request_id = ANY($1::uuid[])) s) AS stored,
        (SELECT coalesce(json_agg(h), '[]') FROM (
          SELECT u.sale_id AS "saleId", u.user_id AS "userId", held.units, (
            SELECT request_id FROM outcome o
            WHERE o.sale_id = u.sale_id AND o.user_id = u.user_id AND o.decision = 'reserved'
            ORDER BY decided_at DESC, request_id DESC LIMIT 1) AS newest
          FROM unnest($2::text[], $3::text[]) u(sale_id, user_id) CROSS JOIN LATERAL (
            SELECT sum(quantity) AS units FROM outcome o
            WHERE o.sale_id = u.sale_id AND o.user_id = u.user_id AND o.decision = 'reserved') held
          WHERE held.units > 0) h) AS holdings`,
    values: [
      textArray(new Set(purchases.map(({ requestId }) => requestId))),
      textArray(users.map(({ saleId }) => saleId)),
      textArray(users.map(({ userId }) => userId)),
    ],
  };
}

/** The row of `readKnown`. */
export interface KnownRow {
  nowMs: number;
  stored: Outcome[];
  holdings: (Pick<Purchase, 'saleId' | 'userId'> & Holding)[];
}

/** Writes everything that a batch decided: new outcomes, and what they take from the stock. */
export function writeDecided({ fresh, taken }: DecidedBatch): QueryConfig {
  // In the order of request ids: two batches with the same ids cannot deadlock.
  const rows = fresh.toSorted((a, b) => (a.outcome.requestId < b.outcome.requestId ? -1 : 1));
  return {
    name: 'write-decided',
    text: `
      WITH stock AS (
        UPDATE sale SET available = available - t.units, reserved = reserved + t.units
        FROM ${taking.rows} t WHERE sale.sale_id = t.sale_id)
      INSERT INTO outcome (${written.columns}) SELECT ${written.columns} FROM ${written.rows} r`,
    values: [...written.values(rows), ...taking.values([...taken])],
  };
}
