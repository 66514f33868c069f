import { Batcher, NotSentError } from '@seckill/batching';
import { DatabaseUnavailableError } from '../database/database-errors.js';
import { decideApart } from './apart.js';
import type { Decided, Entry, Verdict } from './decision.js';
import type { DecisionStore } from './decision-store.js';

/** How decisions are gathered. */
export interface DecisionsOptions {
  /** Transactions in the air: while one waits for the disk, the next one's statements run. @default 2 */
  flights?: number;
  /** Most entries in one transaction. @default 1024 */
  maxBatch?: number;
  /** Most entries that wait; one more is unavailable. @default 32_768 */
  maxWaiting?: number;
  /** An entry that has waited for so many ms is unavailable: its caller is gone by then. @default 5_000 */
  maxWaitMs?: number;
}

/** Hears of every transaction. */
export interface DecisionsObserver {
  /** A transaction ended well. @param seconds from its begin to its end */
  decided(decided: Decided, seconds: number): void;
  /** A batch was done with. @param entries that it consisted of */
  batch(entries: number): void;
  /** A row has no outcome. */
  refused(kind: 'unknown sale' | 'invalid'): void;
}

/**
 * Gathers entries from all callers into one buffer and decides them in large batches, with few transactions in the
 * air: under load batches grow by themselves, and what one request costs falls.
 */
export class Decisions {
  readonly #batcher: Batcher<Entry, Verdict>;
  #finishing = false;

  constructor(
    private readonly store: Pick<DecisionStore, 'decide'>,
    private readonly observer: DecisionsObserver,
    options: DecisionsOptions = {},
  ) {
    this.#batcher = new Batcher<Entry, Verdict>({
      send: (entries) => this.#send(entries),
      maxInFlight: options.flights ?? 2,
      maxBatchSize: options.maxBatch ?? 1024,
      maxWaiting: options.maxWaiting ?? 32_768,
      maxWaitMs: options.maxWaitMs ?? 5_000,
    });
  }

  /**
   * Decides entries in their order. Resolves when every outcome is durable.
   * @throws DatabaseUnavailableError if nothing is known about some of them: all may be repeated
   */
  async decide(entries: readonly Entry[]): Promise<Verdict[]> {
    if (this.#finishing) throw new DatabaseUnavailableError('inventory is stopping');
    try {
      return await Promise.all(entries.map((entry) => this.#batcher.add(entry)));
    } catch (error) {
      throw error instanceof NotSentError ? new DatabaseUnavailableError(error) : error;
    }
  }

  /** From now on everything new is unavailable. Resolves once all that came before is decided. */
  async finish(): Promise<void> {
    this.#finishing = true;
    await this.#batcher.idle();
    this.#batcher.close();
  }

  async #send(entries: readonly Entry[]): Promise<Verdict[]> {
    const verdicts = await decideApart(entries, (batch) => this.#together(batch));
    this.observer.batch(entries.length);
    for (const { kind } of verdicts) {
      if (kind === 'unknown sale' || kind === 'invalid') this.observer.refused(kind);
    }
    return verdicts;
  }

  async #together(entries: readonly Entry[]): Promise<Decided> {
    const began = performance.now();
    const decided = await this.store.decide(entries);
    this.observer.decided(decided, (performance.now() - began) / 1_000);
    return decided;
  }
}
