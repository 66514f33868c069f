import type { PurchaseOutcome } from '@seckill/inventory-client';
import type {
  HeldPurchase,
  PurchaseQueue,
  QueueAnswer,
  QueuedPurchase,
} from '../../../../apps/gateway/src/purchase/purchase-queue.js';
import type { BaselineDecision } from '../row-lock.js';

/** What is behind the gateway of a baseline. */
export interface BaselineQueue {
  decide(purchase: QueuedPurchase): Promise<BaselineDecision>;
  close(): Promise<unknown>;
}

/** A queue that decides by one function; the rest of the gateway is the product's own. */
export class FunctionQueue implements PurchaseQueue {
  constructor(private readonly decide: BaselineQueue['decide']) {}

  submit(purchase: QueuedPurchase): HeldPurchase {
    return { answer: this.#answer(purchase), withdraw: () => {} };
  }

  async post(purchase: QueuedPurchase): ReturnType<PurchaseQueue['post']> {
    const answer = await this.#answer(purchase);
    return answer.kind === 'unanswered' ? answer : { kind: 'sent' };
  }

  async #answer(purchase: QueuedPurchase): Promise<QueueAnswer> {
    const { requestId, request } = purchase;
    const { saleId, quantity } = request;
    try {
      const decision = await this.decide(purchase);
      const outcome: PurchaseOutcome = { requestId, saleId, quantity, decision, decidedAt: Date.now() };
      return { kind: 'outcome', outcome };
    } catch {
      return { kind: 'unanswered' };
    }
  }
}
