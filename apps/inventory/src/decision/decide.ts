import { isQuestion, type Decision, type Outcome, type Purchase } from '@seckill/purchase';
import { holder, type DecidedBatch, type Holding, type Known, type SaleState } from './decision.js';

/**
 * The rule of the sale. Decides a batch in the order of arrival, as if its purchases had come one at a time: each sees
 * what the ones before it took. A pure function; the caller writes what it returns.
 *
 * A request that is stored already, or came before in the batch, keeps its outcome: one request id, one outcome.
 */
export function decide(purchases: readonly Purchase[], known: Known): DecidedBatch {
  const decided: DecidedBatch = { verdicts: [], fresh: [], taken: new Map() };
  const here = new Map<string, Outcome>();
  const holdings = new Map<string, Holding>();
  for (const purchase of purchases) {
    const { requestId, saleId, userId, quantity } = purchase;
    const earlier = known.stored.get(requestId) ?? here.get(requestId);
    if (earlier) {
      decided.verdicts.push({ kind: 'outcome', outcome: earlier, mismatch: isMismatch(earlier, purchase) });
      continue;
    }
    const sale = known.sales.get(saleId);
    if (!sale) {
      decided.verdicts.push({ kind: 'unknown sale' });
      continue;
    }
    const key = holder(purchase);
    const holding = holdings.get(key) ?? known.holdings.get(key);
    const taken = decided.taken.get(saleId) ?? 0;
    const decision = judge(purchase, sale, sale.available - taken, holding?.units ?? 0, known.now);
    if (decision === undefined) {
      decided.verdicts.push({ kind: 'pending' });
      continue;
    }
    const existingRequestId = decision === 'limit_reached' && holding ? holding.newest : '';
    const decidedAtMs = known.now;
    const outcome = { requestId, saleId, userId, quantity, decision, decidedAtMs, existingRequestId };
    if (decision === 'reserved') {
      decided.taken.set(saleId, taken + quantity);
      holdings.set(key, { units: (holding?.units ?? 0) + quantity, newest: requestId });
    }
    here.set(requestId, outcome);
    decided.fresh.push({ purchase, outcome });
    decided.verdicts.push({ kind: 'outcome', outcome, mismatch: false });
  }
  return decided;
}

/**
 * Decides one purchase that has no outcome yet; undefined if it was only asked about and still has time.
 *
 * The order matters:
 * - Lapsed first: after the deadline no other outcome is allowed, not even a refusal, since a reader may rely on it.
 * - Then the window: outside of it, neither the limit nor the stock matters.
 * - Then the limit, before the stock: a user who already holds units gets that answer and the existing purchase, also when
 *   the sale is sold out; and a quantity above the limit is never reported as sold out.
 * - The stock last. Too few units for this request may still be enough for the next one.
 */
function judge(
  purchase: Purchase,
  sale: SaleState,
  available: number,
  held: number,
  now: number,
): Decision | undefined {
  const { acceptedAtMs, decideByMs, quantity } = purchase;
  if (now > decideByMs) return 'lapsed';
  if (isQuestion(purchase)) return undefined;
  if (acceptedAtMs < sale.opensAt) return 'not_started';
  if (acceptedAtMs >= sale.closesAt) return 'ended';
  if (held + quantity > sale.perUserLimit) return 'limit_reached';
  if (quantity > available) return 'sold_out';
  return 'reserved';
}

/** A quantity of 0 is not known, and matches any. */
function isMismatch(stored: Outcome, { saleId, userId, quantity }: Purchase): boolean {
  return (
    stored.saleId !== saleId ||
    stored.userId !== userId ||
    (stored.quantity !== quantity && stored.quantity !== 0 && quantity !== 0)
  );
}
