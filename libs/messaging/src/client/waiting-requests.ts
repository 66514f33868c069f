import type { Clock, Timer } from '@seckill/clock';

/** How a waiter hears of its end. It ends exactly once: with its last reply, or by expiring. */
export interface Waiter<Reply> {
  settle(reply: Reply): void;
  /** Whether a reply with its correlation id is really for it. @default it is */
  accepts?(reply: Reply): boolean;
  /** Whether it waits on after this reply; for the next one it has its whole time again. @default it does not */
  waitsOnAfter?(reply: Reply): boolean;
  expire(): void;
}

interface Entry<Reply> {
  waiter: Waiter<Reply>;
  ms: number;
  timer: Timer;
}

/**
 * Who waits for which answer. A waiter is added before its request leaves, ends exactly once (settled, expired or
 * removed), and its timer and its entry die together. The table is bounded.
 */
export class WaitingRequests<Reply> {
  readonly #entries = new Map<number, Entry<Reply>>();
  readonly #capacity: number;
  readonly #clock: Clock;
  #lastId: number;

  /**
   * @param capacity most waiters at once
   * @param firstId where correlation ids begin
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
   * @returns its correlation id, unique in the life of this table; undefined when the table is full
   */
  add(waiter: Waiter<Reply>, ms: number): number | undefined {
    if (this.#entries.size >= this.#capacity) return undefined;
    const id = ++this.#lastId;
    this.#entries.set(id, { waiter, ms, timer: this.#expiry(id, waiter, ms) });
    return id;
  }

  /** Hands a reply to its waiter. @returns false when nobody waits for it (any more) */
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

  /** Forgets a waiter without a word. @returns false when it had ended before */
  remove(id: number): boolean {
    return this.#take(id) !== undefined;
  }

  /** Expires every waiter now. */
  expireAll(): void {
    // Of those that wait now: a waiter that hears of its end may add another.
    const waiters = [...this.#entries];
    for (const [id, { waiter }] of waiters) {
      // One may have been removed by what another one did at its end.
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
