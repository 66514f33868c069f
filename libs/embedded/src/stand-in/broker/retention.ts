import type { Clock, Timer } from '@seckill/clock';
import type { Journal } from './journal.js';
import type { QueueLog } from './queue-log.js';
import type { Store } from './store.js';

/** How long messages are kept. Times are ms. */
export interface RetentionOptions {
  /**
   * A message that every group of its topic has settled is kept this long after it was stored, for groups that come
   * later.
   * @default 600000
   */
  readonly settledMs?: number;
  /**
   * Any message is forgotten after this time, settled or not: RocketMQ's `fileReservedTime`.
   * @default 259200000 (72 h)
   */
  readonly mostMs?: number;
}

/** A queue and the offset below which every group has settled everything; none has come yet: its first. */
export interface KeptQueue {
  readonly topic: string;
  readonly queue: number;
  readonly log: QueueLog;
  readonly settledTo: number;
}

const everyMs = 1_000;
/** So that one look never holds up deliveries. */
const mostPerLook = 2_000;

/** Forgets old messages, a few at a time. */
export class Retention {
  readonly #clock: Clock;
  readonly #journal: Journal;
  readonly #store: Store;
  readonly #settledMs: number;
  readonly #mostMs: number;
  readonly #queues: () => Iterable<KeptQueue>;
  #timer: Timer;

  constructor(
    clock: Clock,
    journal: Journal,
    store: Store,
    { settledMs = 600_000, mostMs = 72 * 3_600_000 }: RetentionOptions,
    queues: () => Iterable<KeptQueue>,
  ) {
    this.#clock = clock;
    this.#journal = journal;
    this.#store = store;
    this.#settledMs = settledMs;
    this.#mostMs = mostMs;
    this.#queues = queues;
    this.#timer = clock.setTimeout(() => this.#look(), everyMs);
  }

  close(): void {
    this.#timer.clear();
  }

  #look(): void {
    for (const queue of this.#queues()) this.#trim(queue);
    this.#timer = this.#clock.setTimeout(() => this.#look(), everyMs);
  }

  #trim({ topic, queue, log, settledTo }: KeptQueue): void {
    const from = log.first;
    const now = this.#clock.now();
    let to = from;
    while (to < log.end && to - from < mostPerLook) {
      const storedAt = this.#store.read(topic, queue, to)?.storedAt ?? 0;
      if (now - storedAt < (to < settledTo ? this.#settledMs : this.#mostMs)) break;
      to++;
    }
    if (to === from) return;
    log.trimmed(to);
    this.#journal.add({ kind: 'trim', topic, queue, from, to });
  }
}
