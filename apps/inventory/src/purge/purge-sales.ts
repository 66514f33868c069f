import type { ClientBase } from 'pg';

/**
 * Earliest purge of a sale after it closed, in ms. By then each of its requests is decided or has lapsed (they may be
 * decided for about a minute), and its messages have left the queue or are dead letters.
 */
export const PURGE_MARGIN_MS = 86_400_000;

/** What to purge. */
export interface PurgeOptions {
  /** Sales that closed before this moment, ms since the Unix epoch. */
  closedBefore: number;
  /** Only reports what would be deleted. @default false */
  dryRun?: boolean;
  /** Outcomes deleted in one transaction. @default 10_000 */
  chunk?: number;
}

/** What was purged, or would be. */
export interface Purged {
  sales: number;
  outcomes: number;
}

/**
 * Deletes sales that are long over, with all their outcomes and counts.
 *
 * A sale is marked first. From then on it does not exist for callers: a late purchase is refused as one of an unknown
 * sale instead of being decided again, and the sale cannot be reopened. The next purge finishes an interrupted one.
 * @param tell receives progress lines
 */
export async function purgeSales(
  client: Pick<ClientBase, 'query'>,
  { closedBefore, dryRun = false, chunk = 10_000 }: PurgeOptions,
  tell: (line: string) => void,
): Promise<Purged> {
  const purged: Purged = { sales: 0, outcomes: 0 };
  for (const saleId of await overSales(client, closedBefore)) {
    const outcomes = dryRun
      ? await countOutcomes(client, saleId)
      : await purgeSale(client, saleId, closedBefore, chunk, tell);
    if (outcomes === undefined) continue;
    purged.sales++;
    purged.outcomes += outcomes;
    tell(`${saleId}: ${outcomes} outcomes ${dryRun ? 'would be deleted' : 'deleted, and the sale'}`);
  }
  return purged;
}

/** By the database's clock, so that a wrong clock here deletes nothing early. */
const isOver = `(purging OR (closes_at < to_timestamp($1::float8 / 1000)
  AND closes_at < clock_timestamp() - $2::float8 * interval '1 ms'))`;

async function overSales(client: Pick<ClientBase, 'query'>, closedBefore: number): Promise<string[]> {
  const { rows } = await client.query<{ sale_id: string }>(
    `SELECT sale_id FROM sale WHERE ${isOver} ORDER BY closes_at, sale_id`,
    [closedBefore, PURGE_MARGIN_MS],
  );
  return rows.map(({ sale_id }) => sale_id);
}

async function countOutcomes(client: Pick<ClientBase, 'query'>, saleId: string): Promise<number> {
  const { rows } = await client.query<{ outcomes: number }>(
    'SELECT count(*)::float8 AS outcomes FROM outcome WHERE sale_id = $1',
    [saleId],
  );
  return rows[0]!.outcomes;
}

/** @returns how many outcomes were deleted; undefined if the sale was reopened meanwhile */
async function purgeSale(
  client: Pick<ClientBase, 'query'>,
  saleId: string,
  closedBefore: number,
  chunk: number,
  tell: (line: string) => void,
): Promise<number | undefined> {
  // Waits for a running decision in this sale; all later ones see it.
  const marked = await client.query(`UPDATE sale SET purging = true WHERE ${isOver} AND sale_id = $3`, [
    closedBefore,
    PURGE_MARGIN_MS,
    saleId,
  ]);
  if (marked.rowCount === 0) return undefined;
  let outcomes = 0;
  for (;;) {
    const { rowCount } = await client.query(
      'DELETE FROM outcome WHERE ctid = ANY(ARRAY(SELECT ctid FROM outcome WHERE sale_id = $1 LIMIT $2))',
      [saleId, chunk],
    );
    if (!rowCount) break;
    outcomes += rowCount;
    tell(`${saleId}: ${outcomes} outcomes`);
  }
  await client.query('DELETE FROM sale WHERE sale_id = $1 AND purging', [saleId]);
  return outcomes;
}
