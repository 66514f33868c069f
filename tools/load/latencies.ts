import { build } from 'hdr-histogram-js';

/** Latencies between two powers of two. */
export interface Octave {
  /** ms; the first one begins at 0. */
  readonly fromMs: number;
  readonly toMs: number;
  readonly count: number;
}

/** A distribution of latencies in ms, exact to three digits, in bounded memory. */
export class Latencies {
  // In µs, because it counts whole numbers only.
  readonly #histogram = build({ bitBucketSize: 32, numberOfSignificantValueDigits: 3 });
  /** By power of two; the first holds everything up to 1 ms. */
  readonly #octaves: number[] = [];

  record(ms: number): void {
    this.#histogram.recordValue(Math.max(0, Math.round(ms * 1_000)));
    const octave = Math.max(0, Math.floor(Math.log2(ms)) + 1);
    while (this.#octaves.length <= octave) this.#octaves.push(0);
    this.#octaves[octave]!++;
  }

  get count(): number {
    return this.#histogram.totalCount;
  }

  /** ms within which `percent` of all were over; 0 when there is none. */
  percentile(percent: number): number {
    return this.#histogram.getValueAtPercentile(percent) / 1_000;
  }

  /** ms; 0 when there is none. */
  get max(): number {
    return this.percentile(100);
  }

  /** From the first that holds any to the last. */
  octaves(): Octave[] {
    const first = this.#octaves.findIndex((count) => count > 0);
    return this.#octaves
      .map((count, octave) => ({ fromMs: octave === 0 ? 0 : 2 ** (octave - 1), toMs: 2 ** octave, count }))
      .slice(Math.max(0, first));
  }
}
