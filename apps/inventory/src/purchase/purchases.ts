import type { Outcome, PurchaseState } from '@seckill/inventory-client';
import type { Verdict } from '../decision/decision.js';
import type { Decisions } from '../decision/decisions.js';
import type { PurchaseStore } from './purchase-store.js';

/** Asks for one request. */
export interface PurchaseQuestion {
  /** UUID in lower case. */
  requestId: string;
  saleId: string;
  userId: string;
  /** Until when it may be decided, ms since the Unix epoch; 0 if not known. */
  decideUntil: number;
  /** Units if known, otherwise 0. */
  quantity: number;
}

/** Tells users about their requests. */
export class Purchases {
  constructor(
    private readonly store: Pick<PurchaseStore, 'find'>,
    private readonly decisions: Pick<Decisions, 'decide'>,
  ) {}

  /**
   * What is known of a request; undefined if there is none of this user in this sale. One whose time is over and that
   * nobody has decided lapses now: by the same path as any decision, so that a late one finds it.
   */
  async state(question: PurchaseQuestion): Promise<PurchaseState | undefined> {
    const { decideUntil, ...request } = question;
    const { outcome, now } = await this.store.find(request.requestId);
    if (outcome) return ownOutcome(outcome, question);
    if (decideUntil === 0) return undefined;
    if (now <= decideUntil) return { kind: 'pending' };
    const [verdict] = await this.decisions.decide([{ kind: 'lapse', ...request, decideBy: decideUntil }]);
    return told(verdict!, question);
  }
}

function told(verdict: Verdict, question: PurchaseQuestion): PurchaseState | undefined {
  switch (verdict.kind) {
    case 'outcome':
      return ownOutcome(verdict.outcome, question);
    case 'pending':
      return { kind: 'pending' };
    case 'unknown sale':
    case 'invalid':
      return undefined;
  }
}

/** Somebody else's request, or one of another sale, is none of the asker's business: as if it were not there. */
function ownOutcome(outcome: Outcome, { saleId, userId }: PurchaseQuestion): PurchaseState | undefined {
  return outcome.saleId === saleId && outcome.userId === userId ? { kind: 'outcome', outcome } : undefined;
}
