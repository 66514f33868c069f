import { Counter, Histogram, type Registry } from 'prom-client';
import type { DecidedBatch } from './decision/decision.js';
import type { DecisionsObserver } from './decision/decisions.js';

/** Metrics of inventory. */
export class InventoryMetrics implements DecisionsObserver {
  readonly #decided: Counter<'decision'>;
  readonly #repeated: Counter;
  readonly #refused: Counter<'reason'>;
  readonly #batch: Histogram;
  readonly #transaction: Histogram;

  constructor(registry: Registry) {
    const registers = [registry];
    this.#decided = new Counter({
      name: 'inventory_decided_requests_total',
      help: 'Requests whose outcome was stored, by decision',
      labelNames: ['decision'],
      registers,
    });
    this.#repeated = new Counter({
      name: 'inventory_repeated_requests_total',
      help: 'Requests whose outcome was stored before',
      registers,
    });
    this.#refused = new Counter({
      name: 'inventory_refused_rows_total',
      help: 'Requests without an outcome: their sale is unknown, or the database refuses the row',
      labelNames: ['reason'],
      registers,
    });
    this.#batch = new Histogram({
      name: 'inventory_batch_size',
      help: 'Requests per batch',
      buckets: [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024],
      registers,
    });
    this.#transaction = new Histogram({
      name: 'inventory_transaction_seconds',
      help: 'Time of a transaction that decides, waiting for locks and the flush included',
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
      registers,
    });
  }

  decided({ verdicts, fresh }: DecidedBatch, seconds: number): void {
    this.#transaction.observe(seconds);
    for (const { outcome } of fresh) this.#decided.inc({ decision: outcome.decision });
    const known = verdicts.filter(({ kind }) => kind === 'outcome').length;
    this.#repeated.inc(known - fresh.length);
  }

  batch(purchases: number): void {
    this.#batch.observe(purchases);
  }

  refused(kind: 'unknown sale' | 'invalid'): void {
    this.#refused.inc({ reason: kind.replace(' ', '_') });
  }
}
