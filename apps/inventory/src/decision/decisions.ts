import { Batcher, NotSentError } from '@seckill/batching';
import type { Purchase } from '@seckill/purchase';
import { DatabaseUnavailableError } from '../database/database-errors.js';
import { decideBisected } from './bisect.js';
import type { DecidedBatch, Verdict } from './decision.js';
import type { DecisionStore } from './decision-store.js';

/** How decisions are gathered. */
export interface DecisionsOptions {
  /** Most transactions in flight: while one waits for the disk, the next one's statements run. @default 2 */
  maxInFlight?: number;
  /** Most purchases in one transaction. @default 1024 */
  maxBatchSize?: number;
  /** Most purchases that wait; one more is unavailable. @default 32_768 */
  maxWaiting?: number;
  /** A purchase that waited this many ms is unavailable: its caller has given up by then. @default 5_000 */
  maxWaitMs?: number;
}

/** Observes every transaction. */
export interface DecisionsObserver {
  /** A transaction succeeded. @param seconds its duration */
  decided(decided: DecidedBatch, seconds: number): void;
  /** A batch has ended. @param purchases its size */
  batch(purchases: number): void;
  /** A row has no outcome. */
  refused(kind: 'unknown sale' | 'invalid'): void;
}

/**
 * Gathers purchases from all callers into one buffer and decides them in large batches, with few transactions in
 * flight: under load batches grow by themselves, and the cost per request falls.
 */
export class Decisions {
  readonly #batcher: Batcher<Purchase, Verdict>;
  #finishing = false;

  constructor(
    private readonly store: Pick<DecisionStore, 'decide'>,
    private readonly observer: DecisionsObserver,
    options: DecisionsOptions = {},
  ) {
    this.#batcher = new Batcher<Purchase, Verdict>({
      send: (purchases) => this.#send(purchases),
      maxInFlight: options.maxInFlight ?? 2,
      maxBatchSize: options.maxBatchSize ?? 1024,
      maxWaiting: options.maxWaiting ?? 32_768,
      maxWaitMs: options.maxWaitMs ?? 5_000,
    });
  }

  /**
   * Decides purchases, and questions about some, in their order. Resolves when every outcome is durable.
   * @throws DatabaseUnavailableError if nothing is known about some of them: all may be repeated
   */
  async decide(purchases: readonly Purchase[]): Promise<Verdict[]> {
    if (this.#finishing) throw new DatabaseUnavailableError('inventory is stopping');
    try {
      return await Promise.all(purchases.map((purchase) => this.#batcher.add(purchase)));
    } catch (error) {
      throw error instanceof NotSentError ? new DatabaseUnavailableError(error) : error;
    }
  }

  /** Refuses new purchases as unavailable. Resolves once all earlier ones are decided. */
  async finish(): Promise<void> {
    this.#finishing = true;
    await this.#batcher.idle();
    this.#batcher.close();
  }

  async #send(purchases: readonly Purchase[]): Promise<Verdict[]> {
    const verdicts = await decideBisected(purchases, (batch) => this.#together(batch));
    this.observer.batch(purchases.length);
    for (const { kind } of verdicts) {
      if (kind === 'unknown sale' || kind === 'invalid') this.observer.refused(kind);
    }
    return verdicts;
  }

  async #together(purchases: readonly Purchase[]): Promise<DecidedBatch> {
    const began = performance.now();
    const decided = await this.store.decide(purchases);
    this.observer.decided(decided, (performance.now() - began) / 1_000);
    return decided;
  }
}
