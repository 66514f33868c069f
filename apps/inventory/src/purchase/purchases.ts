import type { PurchaseQuery, PurchaseState } from '@seckill/inventory-client';
import { blankPurchase, type Outcome } from '@seckill/purchase';
import type { Verdict } from '../decision/decision.js';
import type { Decisions } from '../decision/decisions.js';
import type { PurchaseStore } from './purchase-store.js';

/** Answers questions of users about their requests. */
export class Purchases {
  constructor(
    private readonly store: Pick<PurchaseStore, 'find'>,
    private readonly decisions: Pick<Decisions, 'decide'>,
  ) {}

  /**
   * What is known of a request; undefined if there is none of this user in this sale. One without an
   * outcome whose deadline is over lapses now, by the same path as any decision, so that a late purchase finds it.
   * @param query its request id in lower case
   */
  async state(query: PurchaseQuery): Promise<PurchaseState | undefined> {
    const { outcome, nowMs } = await this.store.find(query.requestId);
    if (outcome) return ownOutcome(outcome, query);
    if (query.decideByMs === 0) return undefined;
    if (nowMs <= query.decideByMs) return { outcome: undefined };
    const [verdict] = await this.decisions.decide([{ ...blankPurchase(), ...query }]);
    return told(verdict!, query);
  }
}

function told(verdict: Verdict, query: PurchaseQuery): PurchaseState | undefined {
  switch (verdict.kind) {
    case 'outcome':
      return ownOutcome(verdict.outcome, query);
    case 'pending':
      return { outcome: undefined };
    case 'unknown sale':
    case 'invalid':
      return undefined;
  }
}

/** A request of another user or sale is treated as missing. */
function ownOutcome(outcome: Outcome, { saleId, userId }: PurchaseQuery): PurchaseState | undefined {
  return outcome.saleId === saleId && outcome.userId === userId ? { outcome } : undefined;
}
