import { exampleOutcome, type Purchase } from '@seckill/purchase';
import type {
  HeldPurchase,
  PurchaseQueue,
  QueueAnswer,
} from '../../../../apps/gateway/src/purchase/purchase-queue.js';
import type { BaselineDecision } from '../row-lock.js';

/** What is behind the gateway of a baseline. */
export interface BaselineQueue {
  decide(purchase: Purchase): Promise<BaselineDecision>;
  close(): Promise<unknown>;
}

/** A queue that decides by one function; the rest of the gateway is the product's own. */
export class FunctionQueue implements PurchaseQueue {
  /** What no baseline says anything about. */
  readonly #blank = exampleOutcome();

  constructor(private readonly decide: BaselineQueue['decide']) {}

  submit(purchase: Purchase): HeldPurchase {
    return { answer: this.#answer(purchase), withdraw: () => {} };
  }

  async post(purchase: Purchase): ReturnType<PurchaseQueue['post']> {
    const answer = await this.#answer(purchase);
    return answer.kind === 'unanswered' ? answer : { kind: 'sent' };
  }

  async #answer(purchase: Purchase): Promise<QueueAnswer> {
    const { requestId, saleId, userId, quantity } = purchase;
    try {
      const decision = await this.decide(purchase);
      const known = { requestId, saleId, userId, quantity, decision, existingRequestId: '' };
      const value = { ...this.#blank, ...known, decidedAtMs: Date.now() };
      return { kind: 'decided', decided: { $case: 'outcome', value } };
    } catch {
      return { kind: 'unanswered' };
    }
  }
}
