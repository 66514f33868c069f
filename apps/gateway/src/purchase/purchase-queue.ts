import type { Decided, Purchase } from '@seckill/purchase';

/** What is known of a purchase when its wait is over. */
export type QueueAnswer =
  /** What the ledger says of it. */
  | { kind: 'decided'; decided: Exclude<Decided, { $case: 'refusal' }> }
  /** Certainly not sent: nothing will come of it. */
  | { kind: 'not-sent' }
  /** Sent, or maybe so, and not answered in time. */
  | { kind: 'unanswered' }
  /** The buyer withdrew it. */
  | { kind: 'withdrawn' };

/** A purchase that somebody waits for. */
export interface HeldPurchase {
  /** Rejects only with a defect. */
  readonly answer: Promise<QueueAnswer>;
  /** Nobody waits any more: what has not left need not leave. Does nothing once there is an answer. */
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
