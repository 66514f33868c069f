import type { Clock, Timer } from '@seckill/clock';

/** Waits for the replies to one request. It ends exactly once: with its last reply, or by expiring. */
export interface Waiter<Reply> {
  settle(reply: Reply): void;
  /** Whether a reply with its correlation id is really for it. @default true */
  accepts?(reply: Reply): boolean;
  /** Whether it keeps waiting after this reply; the timeout then starts again. @default false */
  waitsOnAfter?(reply: Reply): boolean;
  expire(): void;
}

interface Entry<Reply> {
  waiter: Waiter<Reply>;
  ms: number;
  timer: Timer;
}

/**
 * The table of waiters by correlation id. A waiter is added before its request leaves, ends exactly once (settled,
 * expired or removed), and its timer and its entry are removed together. The table is bounded.
 */
export class WaitingRequests<Reply> {
  readonly #entries = new Map<number, Entry<Reply>>();
  readonly #capacity: number;
  readonly #clock: Clock;
  #lastId: number;

  /**
   * @param capacity most waiters at once
   * @param firstId the first correlation id
   */
  constructor(capacity: number, clock: Clock, firstId = 1) {
    this.#capacity = capacity;
    this.#clock = clock;
    this.#lastId = firstId - 1;
  }

  /** Waiters now. */
  get size(): number {
    return this.#entries.size;
  }

  /**
   * Adds a waiter for `ms` milliseconds.
   * @returns its correlation id, never used again by this table; undefined when the table is full
   */
  add(waiter: Waiter<Reply>, ms: number): number | undefined {
    if (this.#entries.size >= this.#capacity) return undefined;
    const id = ++this.#lastId;
    this.#entries.set(id, { waiter, ms, timer: this.#expiry(id, waiter, ms) });
    return id;
  }

  /** Passes a reply to its waiter. @returns false when there is no such waiter (any more) */
  settle(id: number, reply: Reply): boolean {
    const entry = this.#entries.get(id);
    if (!entry) return false;
    const { waiter, ms } = entry;
    if (waiter.accepts && !waiter.accepts(reply)) return false;
    if (waiter.waitsOnAfter?.(reply)) {
      entry.timer.clear();
      entry.timer = this.#expiry(id, waiter, ms);
    } else this.#take(id);
    waiter.settle(reply);
    return true;
  }

  /** Removes a waiter without calling it. @returns false when it had already ended */
  remove(id: number): boolean {
    return this.#take(id) !== undefined;
  }

  /** Expires every waiter now. */
  expireAll(): void {
    // A copy, because a waiter that expires may add another.
    const waiters = [...this.#entries];
    for (const [id, { waiter }] of waiters) {
      // It may have been removed by another waiter that expired.
      if (this.#take(id)) waiter.expire();
    }
  }

  #expiry(id: number, waiter: Waiter<Reply>, ms: number): Timer {
    return this.#clock.setTimeout(() => {
      if (this.#entries.delete(id)) waiter.expire();
    }, ms);
  }

  #take(id: number): Entry<Reply> | undefined {
    const entry = this.#entries.get(id);
    if (!entry) return undefined;
    this.#entries.delete(id);
    entry.timer.clear();
    return entry;
  }
}
