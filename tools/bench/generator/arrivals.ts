/** When requests are due that arrive at a fixed rate. Times are ms of any one clock. */
export class Arrivals {
  readonly #startedAt: number;
  readonly #everyMs: number;
  #next = 0;

  /** @param perSecond requests a second, evenly spaced */
  constructor(startedAt: number, perSecond: number) {
    this.#startedAt = startedAt;
    this.#everyMs = 1_000 / perSecond;
  }

  /** The moment at which the next request is due, and takes it, if that is not after `now`. */
  takeDue(now: number): number | undefined {
    const due = this.#startedAt + this.#next * this.#everyMs;
    if (due > now) return undefined;
    this.#next++;
    return due;
  }
}
