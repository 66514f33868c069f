import { systemClock, type Clock, type Timer } from './clock.js';

/** How far two clocks may drift apart between a few round trips, in ms. */
const DRIFT_MS = 1;

/**
 * A clock that follows a reference, such as a database's. Between two corrections it runs on a monotonic source, so
 * that a step of the machine's own clock is never seen.
 *
 * Each correction is a round trip; the reference is taken to have answered in its middle, so the error is at most
 * half of it (Cristian's algorithm). The narrowest of the last few round trips counts, as long as a later one does not
 * contradict it: after a suspension of the machine, or a step of the reference, what was true before is so no longer.
 */
export class CorrectedClock implements Clock {
  readonly #monotonic: () => number;
  readonly #timers: Pick<Clock, 'setTimeout' | 'setImmediate'>;
  #samples: { offset: number; roundTrip: number }[] = [];
  #offset: number;

  /**
   * @param monotonic ms of a source that never steps
   * @param initial ms since the epoch before the first correction
   */
  constructor(
    monotonic: () => number = () => performance.now(),
    initial: () => number = () => Date.now(),
    timers: Pick<Clock, 'setTimeout' | 'setImmediate'> = systemClock,
  ) {
    this.#monotonic = monotonic;
    this.#timers = timers;
    this.#offset = initial() - monotonic();
  }

  now(): number {
    return Math.round(this.#monotonic() + this.#offset);
  }

  /** Whether a reference has been seen. */
  get corrected(): boolean {
    return this.#samples.length > 0;
  }

  /** A reading of the monotonic source, to be handed to `correct` when the answer is there. */
  mark(): number {
    return this.#monotonic();
  }

  /**
   * Takes the reference's reading.
   * @param mark what `mark()` said before asking
   * @param reference what the reference answered, ms since the epoch
   */
  correct(mark: number, reference: number): void {
    const now = this.#monotonic();
    const latest = { offset: reference - (mark + now) / 2, roundTrip: now - mark };
    const agreeing = this.#samples.filter(
      ({ offset, roundTrip }) =>
        Math.abs(offset - latest.offset) <= (roundTrip + latest.roundTrip) / 2 + DRIFT_MS,
    );
    this.#samples = [...agreeing, latest].slice(-4);
    this.#offset = this.#samples.reduce((a, b) => (b.roundTrip < a.roundTrip ? b : a)).offset;
  }

  setTimeout(callback: () => void, ms: number): Timer {
    return this.#timers.setTimeout(callback, ms);
  }

  setImmediate(callback: () => void): void {
    this.#timers.setImmediate(callback);
  }
}
