import { sleep, type Clock } from '@seckill/clock';

/** How long to wait between tries. */
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 1_000;

/**
 * Whether it is worth running handlers. Closed by a handler that says `UnavailableError`; then opens for a try after
 * a pause that grows up to a second, and stays open once a handler gets through.
 */
export class Availability {
  readonly #clock: Clock;
  readonly #onChange: (available: boolean, reason: string) => void;
  #pauseMs = 0;
  #retryAt = 0;
  #away = false;
  /** One pause for all that wait: during an outage each request that is held does. */
  #pausing: Promise<void> | undefined;

  /** @param onChange hears of the first failure and of the first success after it */
  constructor(clock: Clock, onChange: (available: boolean, reason: string) => void) {
    this.#clock = clock;
    this.#onChange = onChange;
  }

  /** Whether handlers get through, as far as is known. */
  get available(): boolean {
    return this.#pauseMs === 0 && !this.#away;
  }

  /** What handlers need is known to be away: none is tried until it is back. */
  away(reason: string): void {
    if (this.available) this.#onChange(false, reason);
    this.#away = true;
  }

  /** What handlers need is there again. */
  back(): void {
    if (!this.#away) return;
    this.#away = false;
    if (this.available) this.#onChange(true, '');
  }

  /** A handler could not reach what it depends on. Failures of one round count once. */
  failed(reason: string): void {
    if (this.#pauseLeft() > 0) return;
    if (this.available) this.#onChange(false, reason);
    this.#pauseMs = Math.min(LONGEST_PAUSE_MS, this.#pauseMs === 0 ? FIRST_PAUSE_MS : this.#pauseMs * 2);
    this.#retryAt = this.#clock.now() + this.#pauseMs;
  }

  /** A handler got through. */
  succeeded(): void {
    if (this.#pauseMs === 0) return;
    this.#pauseMs = 0;
    this.#retryAt = 0;
    if (this.available) this.#onChange(true, '');
  }

  /** Resolves when the next try may be made, or when `signal` is aborted, which is the same for all who wait. */
  async nextTry(signal: AbortSignal): Promise<void> {
    for (;;) {
      const pause = this.#away ? FIRST_PAUSE_MS : this.#pauseLeft();
      if (pause <= 0 || signal.aborted) return;
      this.#pausing ??= sleep(this.#clock, pause, signal).finally(() => (this.#pausing = undefined));
      await this.#pausing;
    }
  }

  /** ms until the next try. More than a whole pause means that the clock was set back: then it is due. */
  #pauseLeft(): number {
    const left = this.#retryAt - this.#clock.now();
    return left > this.#pauseMs ? 0 : left;
  }

  /** Resolves when handlers get through again, or when `signal` is aborted. */
  async resumed(signal: AbortSignal): Promise<void> {
    while (!this.available && !signal.aborted) await sleep(this.#clock, FIRST_PAUSE_MS, signal);
  }
}
