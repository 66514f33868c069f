import type { Decision, Outcome } from '@seckill/inventory-client';
import { holder, type Decided, type Entry, type Holding, type Known, type SaleState } from './decision.js';

/**
 * The rule of the sale. Decides a batch in the order of arrival, as if its entries had come one at a time: each sees
 * what the ones before it took. Touches nothing; what it returns is written by the caller.
 *
 * A request that is stored already, or came before in the batch, keeps its outcome: one request id, one outcome.
 */
export function decide(entries: readonly Entry[], known: Known): Decided {
  const decided: Decided = { verdicts: [], fresh: [], taken: new Map() };
  const here = new Map<string, Outcome>();
  const holdings = new Map<string, Holding>();
  for (const entry of entries) {
    const { requestId, saleId, userId, quantity } = entry;
    const earlier = known.stored.get(requestId) ?? here.get(requestId);
    if (earlier) {
      decided.verdicts.push({ kind: 'outcome', outcome: earlier, mismatch: isMismatch(earlier, entry) });
      continue;
    }
    const sale = known.sales.get(saleId);
    if (!sale) {
      decided.verdicts.push({ kind: 'unknown sale' });
      continue;
    }
    const key = holder(saleId, userId);
    const holding = holdings.get(key) ?? known.holdings.get(key);
    const taken = decided.taken.get(saleId) ?? 0;
    const decision = judge(entry, sale, sale.available - taken, holding?.units ?? 0, known.now);
    if (decision === undefined) {
      decided.verdicts.push({ kind: 'pending' });
      continue;
    }
    const outcome: Outcome = { requestId, saleId, userId, quantity, decision, decidedAt: known.now };
    if (decision === 'limit_reached' && holding) outcome.existingRequestId = holding.newest;
    if (decision === 'reserved') {
      decided.taken.set(saleId, taken + quantity);
      holdings.set(key, { units: (holding?.units ?? 0) + quantity, newest: requestId });
    }
    here.set(requestId, outcome);
    decided.fresh.push({
      outcome,
      acceptedAt: entry.kind === 'purchase' ? entry.acceptedAt : undefined,
      decideBy: entry.decideBy,
    });
    decided.verdicts.push({ kind: 'outcome', outcome, mismatch: false });
  }
  return decided;
}

/**
 * Decides one entry that has no outcome yet; undefined if it was only asked about and still has time.
 *
 * The order matters:
 * - Lapsed first: after `decideBy` nothing else may be said, not even a refusal, since a reader may rely on it.
 * - Then the window: outside of it, neither the user nor the stock counts.
 * - Then the limit, before the stock: who has units already is told so and shown the purchase, also when the sale has
 *   sold out; and a quantity above the limit is never blamed on the stock.
 * - The stock last. Too few units for this request may still be enough for the next one.
 */
function judge(
  entry: Entry,
  sale: SaleState,
  available: number,
  held: number,
  now: number,
): Decision | undefined {
  if (now > entry.decideBy) return 'lapsed';
  if (entry.kind === 'lapse') return undefined;
  if (entry.acceptedAt < sale.opensAt) return 'not_started';
  if (entry.acceptedAt >= sale.closesAt) return 'ended';
  if (held + entry.quantity > sale.perUserLimit) return 'limit_reached';
  if (entry.quantity > available) return 'sold_out';
  return 'reserved';
}

/** A quantity of 0 is one that nobody knew, and fits any. */
function isMismatch(stored: Outcome, entry: Entry): boolean {
  return (
    stored.saleId !== entry.saleId ||
    stored.userId !== entry.userId ||
    (stored.quantity !== entry.quantity && stored.quantity !== 0 && entry.quantity !== 0)
  );
}
