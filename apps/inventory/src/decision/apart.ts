import { isRefusedRow } from '../database/database-errors.js';
import type { Decided, Entry, Verdict } from './decision.js';

/**
 * Decides a batch; if the database refuses it for one of its rows, decides its halves one after the other, and so on
 * down to the bad row, which alone has no outcome. A bad row among n costs about 2 log n transactions.
 */
export async function decideApart(
  entries: readonly Entry[],
  decideTogether: (entries: readonly Entry[]) => Promise<Decided>,
): Promise<Verdict[]> {
  try {
    return (await decideTogether(entries)).verdicts;
  } catch (error) {
    if (!isRefusedRow(error)) throw error;
    if (entries.length === 1) return [{ kind: 'invalid', message: (error as Error).message }];
    const middle = entries.length >> 1;
    const first = await decideApart(entries.slice(0, middle), decideTogether);
    return [...first, ...(await decideApart(entries.slice(middle), decideTogether))];
  }
}
