import type { Clock } from '@seckill/clock';
import type { Purchase } from '@seckill/purchase';
import type { HeldPurchase, PurchaseQueue, QueueAnswer } from '../purchase/purchase-queue.js';
import type { Shop } from './shop.js';

/**
 * How the queue treats a purchase:
 * - `decides`: the shop decides it at once;
 * - `holds`: keeps it until `decideHeld()`;
 * - `is down`: certainly does not accept it;
 * - `is unclear`: may have accepted it;
 * - `breaks`: fails with an unexpected error.
 */
export type QueueMood = 'decides' | 'holds' | 'is down' | 'is unclear' | 'breaks';

/** The queue and seckill-service in memory, for tests. */
export class MemoryPurchaseQueue implements PurchaseQueue {
  mood: QueueMood = 'decides';
  /** Purchases that were sent, in order. */
  readonly taken: Purchase[] = [];
  /** Request ids of withdrawn purchases. */
  readonly withdrawn: string[] = [];
  readonly #held = new Map<Purchase, (answer: QueueAnswer) => void>();

  constructor(
    private readonly shop: Shop,
    private readonly clock: Clock,
  ) {}

  /** Purchases that are held. */
  get holding(): number {
    return this.#held.size;
  }

  submit(purchase: Purchase, waitMs: number): HeldPurchase {
    this.taken.push(purchase);
    if (this.mood !== 'holds') return { answer: this.#answer(purchase), withdraw: () => {} };
    let waited = true;
    let resolveAnswer!: (answer: QueueAnswer) => void;
    const answer = new Promise<QueueAnswer>((resolve) => (resolveAnswer = resolve));
    const settle = (value: QueueAnswer) => {
      waited = false;
      resolveAnswer(value);
    };
    const timer = this.clock.setTimeout(() => settle({ kind: 'unanswered' }), waitMs);
    this.#held.set(purchase, (reply) => {
      timer.clear();
      settle(reply);
    });
    const withdraw = () => {
      if (!waited || !this.#held.delete(purchase)) return;
      this.withdrawn.push(purchase.requestId);
      timer.clear();
      settle({ kind: 'withdrawn' });
    };
    return { answer, withdraw };
  }

  async post(purchase: Purchase): ReturnType<PurchaseQueue['post']> {
    this.taken.push(purchase);
    if (this.mood === 'holds') this.#held.set(purchase, () => {});
    const answer = this.mood === 'holds' ? undefined : await this.#answer(purchase);
    return answer?.kind === 'not-sent' || answer?.kind === 'unanswered' ? answer : { kind: 'sent' };
  }

  /** Lets the shop decide the purchases that are held. */
  decideHeld(): void {
    for (const [purchase, settle] of this.#held) {
      this.#held.delete(purchase);
      settle(this.#decide(purchase));
    }
  }

  async #answer(purchase: Purchase): Promise<QueueAnswer> {
    if (this.mood === 'is down') return { kind: 'not-sent' };
    if (this.mood === 'is unclear') return { kind: 'unanswered' };
    if (this.mood === 'breaks') throw new Error('secret internals');
    return this.#decide(purchase);
  }

  #decide(purchase: Purchase): QueueAnswer {
    const decided = this.shop.decide(purchase);
    return decided ? { kind: 'decided', decided } : { kind: 'unanswered' };
  }
}
