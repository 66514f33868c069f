import type { Clock, Timer } from './clock.js';

interface Pending {
  at: number;
  order: number;
  callback: () => void;
}

/** A clock that moves only when `advance` is called: for tests and simulations. */
export class ManualClock implements Clock {
  #now: number;
  #order = 0;
  readonly #pending = new Set<Pending>();

  /** @param start first value of `now()`, in ms since the epoch */
  constructor(start = 1_700_000_000_000) {
    this.#now = start;
  }

  now(): number {
    return this.#now;
  }

  setTimeout(callback: () => void, ms: number): Timer {
    const pending = { at: this.#now + ms, order: this.#order++, callback };
    this.#pending.add(pending);
    return { clear: () => void this.#pending.delete(pending) };
  }

  setImmediate(callback: () => void): void {
    this.setTimeout(callback, 0);
  }

  /** Callbacks that have not run yet. */
  get pending(): number {
    return this.#pending.size;
  }

  /**
   * Moves time forward by `ms` and runs the callbacks that become due, in order of time, then of creation. Lets
   * promises settle before each callback and at the end.
   */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    for (;;) {
      await settle();
      const next = this.#nextDue(end);
      if (!next) break;
      this.#pending.delete(next);
      this.#now = Math.max(this.#now, next.at);
      next.callback();
    }
    this.#now = end;
  }

  /** Sets `now()` back by `ms`, as an operator or a resumed machine may. Pending callbacks run after the same delay. */
  setBack(ms: number): void {
    this.#now -= ms;
    for (const pending of this.#pending) pending.at -= ms;
  }

  #nextDue(end: number): Pending | undefined {
    let next: Pending | undefined;
    for (const pending of this.#pending) {
      if (pending.at > end) continue;
      if (!next || pending.at < next.at || (pending.at === next.at && pending.order < next.order))
        next = pending;
    }
    return next;
  }
}

/** Lets chains of resolved promises run. */
async function settle(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}
