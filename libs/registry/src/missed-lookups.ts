import type { CorrectedClock } from '@seckill/clock';
import { TooManyLookupsError } from './errors.js';
import { MAX_ID_LENGTH, type Instance } from './instance.js';

/** Bounds of lookups that the local copy cannot answer. */
export interface MissedLookupLimits {
  /** Lookups of different ids at once. @default 64 */
  maxPending?: number;
  /** How long an unknown id is remembered, in ms. @default 1000 */
  unknownMs?: number;
  /** Most unknown ids that are remembered; the oldest is dropped first. @default 1000 */
  maxUnknown?: number;
}

/**
 * Asks the store for ids that the local copy lacks: one request per id at a time, and an unknown id not again for a
 * while.
 */
export class MissedLookups {
  readonly #find: (id: string) => Promise<Instance | undefined>;
  readonly #clock: CorrectedClock;
  readonly #limits: Required<MissedLookupLimits>;
  readonly #pending = new Map<string, Promise<Instance | undefined>>();
  /** Until when an id counts as unknown, by the monotonic clock, in the order in which that ends. */
  readonly #unknownUntil = new Map<string, number>();

  constructor(
    find: (id: string) => Promise<Instance | undefined>,
    clock: CorrectedClock,
    { maxPending = 64, unknownMs = 1_000, maxUnknown = 1_000 }: MissedLookupLimits = {},
  ) {
    this.#find = find;
    this.#clock = clock;
    this.#limits = { maxPending, unknownMs, maxUnknown };
  }

  /** @throws TooManyLookupsError, or the error of `find` */
  async ask(id: string): Promise<Instance | undefined> {
    if (id.length > MAX_ID_LENGTH || this.#isUnknown(id)) return undefined;
    const pending = this.#pending.get(id);
    if (pending) return pending;
    if (this.#pending.size >= this.#limits.maxPending) throw new TooManyLookupsError(this.#limits.maxPending);
    const asked = this.#find(id);
    this.#pending.set(id, asked);
    try {
      const found = await asked;
      if (!found) this.#remember(id);
      return found;
    } finally {
      this.#pending.delete(id);
    }
  }

  #isUnknown(id: string): boolean {
    return (this.#unknownUntil.get(id) ?? -Infinity) > this.#clock.mark();
  }

  #remember(id: string): void {
    this.#unknownUntil.delete(id);
    this.#unknownUntil.set(id, this.#clock.mark() + this.#limits.unknownMs);
    if (this.#unknownUntil.size > this.#limits.maxUnknown) {
      const [oldest] = this.#unknownUntil.keys();
      this.#unknownUntil.delete(oldest!);
    }
  }
}
