import { seededRandom } from '@seckill/embedded';

/** Everything that a case leaves to chance comes from here, so that its seed repeats it. */
export class Random {
  /** 0 ≤ value < 1. */
  readonly next: () => number;

  constructor(seed: number) {
    this.next = seededRandom(Math.imul(seed, 2_654_435_761));
  }

  /** A whole number, both ends included. */
  whole(least: number, most: number): number {
    return least + Math.floor(this.next() * (most - least + 1));
  }

  pick<T>(items: readonly T[]): T {
    return items[Math.floor(this.next() * items.length)]!;
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }
}
