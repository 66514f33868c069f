import { systemClock, type Clock, type Timer } from './clock.js';

/** How far two clocks may drift apart between a few round trips, in ms. */
const DRIFT_MS = 1;

/**
 * A clock that follows a reference, such as a database's. Between two corrections it runs on a monotonic source, so
 * that a step of this machine's own clock has no effect.
 *
 * Each correction is a round trip. The reference is assumed to have answered in the middle of it, so the error is at
 * most half of the round trip (Cristian's algorithm). The shortest of the last few round trips counts, unless a later
 * one contradicts it, as after a suspension of this machine or a step of the reference.
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

  /** Whether it has been corrected at least once. */
  get corrected(): boolean {
    return this.#samples.length > 0;
  }

  /** A reading of the monotonic source, to be passed to `correct` when the reference has answered. */
  mark(): number {
    return this.#monotonic();
  }

  /**
   * Corrects the clock by a reading of the reference.
   * @param mark what `mark()` returned before the request
   * @param reference the answer, ms since the epoch
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
