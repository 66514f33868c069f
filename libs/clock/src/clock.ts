/**
 * Time as a dependency. Everything that waits or stamps takes one of these through its constructor, so that tests
 * and simulations own time.
 */
export interface Clock {
  /** Milliseconds since the Unix epoch. */
  now(): number;
  /** Runs `callback` once after `ms` milliseconds, unless cleared. Does not keep the process alive. */
  setTimeout(callback: () => void, ms: number): Timer;
  /** Runs `callback` once after the work that is ready now. */
  setImmediate(callback: () => void): void;
}

/** A pending callback. */
export interface Timer {
  /** Cancels the callback. Clearing twice, or after it ran, does nothing. */
  clear(): void;
}

/** A class rather than a closure, because each waiting request has one: it takes less memory. */
class SystemTimer implements Timer {
  readonly #handle: NodeJS.Timeout;

  constructor(callback: () => void, ms: number) {
    this.#handle = setTimeout(callback, ms);
    this.#handle.unref();
  }

  clear(): void {
    clearTimeout(this.#handle);
  }
}

/** The clock and timers of this machine. */
export const systemClock: Clock = {
  now: () => Date.now(),
  setTimeout(callback, ms) {
    return new SystemTimer(callback, ms);
  },
  setImmediate(callback) {
    setImmediate(callback);
  },
};

/** Resolves after `ms` milliseconds of `clock`, or at once when `signal` is aborted. */
export function sleep(clock: Clock, ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const finish = () => {
      timer.clear();
      signal?.removeEventListener('abort', finish);
      resolve();
    };
    const timer = clock.setTimeout(finish, ms);
    signal?.addEventListener('abort', finish, { once: true });
  });
}
