import { sleep, type Clock } from '@seckill/clock';

/** Pause between attempts, in ms: doubled from the first to the longest. */
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 1_000;

/**
 * Whether the dependencies of handlers are available. It goes through these states:
 *
 * - Available: handlers run.
 * - Failing: a handler threw `UnavailableError`. Handlers wait for a pause that grows up to a second, then are tried
 *   again; the first one that does not throw it makes this available.
 * - Unhealthy: the health check failed. No handler is tried until the check succeeds.
 */
export class Availability {
  readonly #clock: Clock;
  readonly #onChange: (available: boolean, reason: string) => void;
  #pauseMs = 0;
  #retryAt = 0;
  #unhealthy = false;
  /** One pause that all waiting requests share: during an outage there is one per held request. */
  #pausing: Promise<void> | undefined;

  /** @param onChange called at the first failure, and at the first success after it */
  constructor(clock: Clock, onChange: (available: boolean, reason: string) => void) {
    this.#clock = clock;
    this.#onChange = onChange;
  }

  /** Whether the dependencies are available, as far as is known. */
  get available(): boolean {
    return this.#pauseMs === 0 && !this.#unhealthy;
  }

  /** The health check failed. */
  unhealthy(reason: string): void {
    if (this.available) this.#onChange(false, reason);
    this.#unhealthy = true;
  }

  /** The health check succeeded. */
  healthy(): void {
    if (!this.#unhealthy) return;
    this.#unhealthy = false;
    if (this.available) this.#onChange(true, '');
  }

  /** A handler threw UnavailableError. Several failures between two pauses count once. */
  failed(reason: string): void {
    if (this.#pauseLeft() > 0) return;
    if (this.available) this.#onChange(false, reason);
    this.#pauseMs = Math.min(LONGEST_PAUSE_MS, this.#pauseMs === 0 ? FIRST_PAUSE_MS : this.#pauseMs * 2);
    this.#retryAt = this.#clock.now() + this.#pauseMs;
  }

  /** A handler reached its dependencies. */
  succeeded(): void {
    if (this.#pauseMs === 0) return;
    this.#pauseMs = 0;
    this.#retryAt = 0;
    if (this.available) this.#onChange(true, '');
  }

  /** Resolves when a handler may be tried, or when `signal` is aborted. All callers must pass the same signal. */
  async nextTry(signal: AbortSignal): Promise<void> {
    for (;;) {
      const pause = this.#unhealthy ? FIRST_PAUSE_MS : this.#pauseLeft();
      if (pause <= 0 || signal.aborted) return;
      this.#pausing ??= sleep(this.#clock, pause, signal).finally(() => (this.#pausing = undefined));
      await this.#pausing;
    }
  }

  /** ms until the next attempt. More than a whole pause means that the clock was set back: then it is due. */
  #pauseLeft(): number {
    const left = this.#retryAt - this.#clock.now();
    return left > this.#pauseMs ? 0 : left;
  }

  /** Resolves when the dependencies are available, or when `signal` is aborted. */
  async resumed(signal: AbortSignal): Promise<void> {
    while (!this.available && !signal.aborted) await sleep(this.#clock, FIRST_PAUSE_MS, signal);
  }
}
