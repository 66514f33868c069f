import type { Decision } from '@seckill/purchase';
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

/** Kinds of answers to a purchase request. */
export type AnswerKind =
  | Decision
  /** 202. */
  | 'pending'
  /** 409 by the gateway itself; nothing is stored. */
  | 'refused_early'
  /** 422. */
  | 'key_reused'
  | 'unknown_sale'
  /** 503: certainly not sent. */
  | 'unavailable'
  /** 4xx: token, headers or body. */
  | 'invalid'
  /** 500. */
  | 'failed'
  /** The buyer had gone. */
  | 'gone';

/** Seconds; the wait is 2 s by default and 10 s at most. */
const buckets = [0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10];

/** Metrics of purchases. */
export class PurchaseMetrics {
  readonly #answers = new Map<AnswerKind, number>();
  readonly #duration: Histogram;

  /** @param held how many requests are held now */
  constructor(registry: Registry, held: () => number) {
    const answers = this.#answers;
    // Counted in a plain map and copied when scraped: labels cost too much per request.
    const counter = new Counter({
      name: 'seckill_gateway_purchase_answers_total',
      help: 'Answers to purchase requests, by kind.',
      labelNames: ['kind'],
      registers: [],
      collect() {
        this.reset();
        for (const [kind, count] of answers) this.inc({ kind }, count);
      },
    });
    const gauge = new Gauge({
      name: 'seckill_gateway_held_requests',
      help: 'Purchase requests that are held right now.',
      registers: [],
      collect() {
        this.set(held());
      },
    });
    this.#duration = new Histogram({
      name: 'seckill_gateway_purchase_seconds',
      help: 'From the check of a purchase request to its answer.',
      buckets,
      registers: [],
    });
    for (const metric of [counter, gauge, this.#duration]) registry.registerMetric(metric);
  }

  /** Counts an answer. */
  count(kind: AnswerKind): void {
    this.#answers.set(kind, (this.#answers.get(kind) ?? 0) + 1);
  }

  /** Counts an answer that took `seconds`. */
  observe(kind: AnswerKind, seconds: number): void {
    this.count(kind);
    this.#duration.observe(seconds);
  }
}
