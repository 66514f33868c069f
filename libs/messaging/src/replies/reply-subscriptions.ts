import { randomInt } from 'node:crypto';
import type { Reply } from './reply-channel.js';

/** Size of one subscription's range of correlation ids. All ranges together stay below 2^53. */
const IDS_PER_SUBSCRIPTION = 2 ** 40;
const MAX_SUBSCRIPTIONS = 2 ** 13 - 1;

/**
 * The clients of one receiver. Each has a range of correlation ids that is never used again, so that a reply belongs to
 * one client, and a late reply reaches no other.
 */
export class ReplySubscriptions {
  readonly #receivers = new Map<number, (reply: Reply) => boolean>();
  #last = 0;

  /** Open subscriptions. */
  get size(): number {
    return this.#receivers.size;
  }

  /**
   * Adds a subscription.
   * @returns its first correlation id, which cannot be guessed, and a function that removes it
   */
  add(receive: (reply: Reply) => boolean): { firstCorrelationId: number; remove: () => void } {
    if (this.#last >= MAX_SUBSCRIPTIONS)
      throw new Error(`a receiver can serve ${MAX_SUBSCRIPTIONS} clients during its lifetime`);
    const range = ++this.#last;
    this.#receivers.set(range, receive);
    return {
      firstCorrelationId: range * IDS_PER_SUBSCRIPTION + randomInt(1, IDS_PER_SUBSCRIPTION / 2),
      remove: () => void this.#receivers.delete(range),
    };
  }

  /** Passes a reply to its client. @returns whether there was a waiter */
  receive(reply: Reply): boolean {
    return this.#receivers.get(Math.floor(reply.correlationId / IDS_PER_SUBSCRIPTION))?.(reply) ?? false;
  }
}
