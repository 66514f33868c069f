import type { Purchase } from '@seckill/purchase';
import { isRefusedRow } from '../database/database-errors.js';
import type { DecidedBatch, Verdict } from './decision.js';

/**
 * Decides a batch. If the database refuses a row of it, decides its halves one after the other, down to the bad row, which
 * alone gets no outcome. A bad row among n costs about 2 log n transactions.
 */
export async function decideBisected(
  purchases: readonly Purchase[],
  decideTogether: (purchases: readonly Purchase[]) => Promise<DecidedBatch>,
): Promise<Verdict[]> {
  try {
    return (await decideTogether(purchases)).verdicts;
  } catch (error) {
    if (!isRefusedRow(error)) throw error;
    if (purchases.length === 1) return [{ kind: 'invalid', message: (error as Error).message }];
    const middle = purchases.length >> 1;
    const first = await decideBisected(purchases.slice(0, middle), decideTogether);
    return [...first, ...(await decideBisected(purchases.slice(middle), decideTogether))];
  }
}
