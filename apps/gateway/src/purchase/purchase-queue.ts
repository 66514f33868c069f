import type { Decided, Purchase } from '@seckill/purchase';

/** What is known of a purchase when its wait ends. */
export type QueueAnswer =
  /** The ledger's answer. */
  | { kind: 'decided'; decided: Exclude<Decided, { $case: 'refusal' }> }
  /** Certainly not sent: it will not be decided. */
  | { kind: 'not-sent' }
  /** Sent, or possibly sent, and not answered in time. */
  | { kind: 'unanswered' }
  /** Withdrawn: the buyer has gone. */
  | { kind: 'withdrawn' };

/** A purchase whose buyer waits. */
export interface HeldPurchase {
  /** Rejects only on a defect. */
  readonly answer: Promise<QueueAnswer>;
  /** The buyer has gone: a purchase that is not sent yet is not sent. No effect once there is an answer. */
  withdraw(): void;
}

/** Where accepted purchases go. */
export interface PurchaseQueue {
  /** Sends a purchase and waits for its reply for at most `waitMs` milliseconds. */
  submit(purchase: Purchase, waitMs: number): HeldPurchase;
  /** Sends a purchase without waiting for its reply; resolves once the queue has it. */
  post(
    purchase: Purchase,
  ): Promise<{ kind: 'sent' } | Extract<QueueAnswer, { kind: 'not-sent' | 'unanswered' }>>;
}

/** Injection token of the PurchaseQueue. */
export const PURCHASES = Symbol('PURCHASES');
