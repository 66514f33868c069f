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
  /** Forgets the callback. Clearing twice, or after it ran, does nothing. */
  clear(): void;
}

/** The machine's own clock and timers. */
export const systemClock: Clock = {
  now: () => Date.now(),
  setTimeout(callback, ms) {
    const handle = setTimeout(callback, ms);
    handle.unref();
    return { clear: () => clearTimeout(handle) };
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
