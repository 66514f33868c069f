import type { Clock, Timer } from '@seckill/clock';
import type { Journal } from './journal.js';
import type { QueueLog } from './queue-log.js';
import type { Store } from './store.js';

/** How long messages are kept. Times are ms. */
export interface RetentionOptions {
  /**
   * A message that every group of its topic has settled is kept this long after it was stored, for later groups.
   * @default 600000
   */
  readonly settledMs?: number;
  /**
   * Each message is removed after this time, settled or not: RocketMQ's `fileReservedTime`.
   * @default 259200000 (72 h)
   */
  readonly maxMs?: number;
}

/**
 * A queue, and the offset below which every group has settled all messages; its first offset if there are no groups.
 */
export interface KeptQueue {
  readonly topic: string;
  readonly queue: number;
  readonly log: QueueLog;
  readonly settledTo: number;
}

const everyMs = 1_000;
/** Most messages that are removed at once, so that deliveries are not delayed. */
const maxPerRun = 2_000;

/** Removes old messages, a limited number at a time. */
export class Retention {
  readonly #clock: Clock;
  readonly #journal: Journal;
  readonly #store: Store;
  readonly #settledMs: number;
  readonly #maxMs: number;
  readonly #queues: () => Iterable<KeptQueue>;
  #timer: Timer;

  constructor(
    clock: Clock,
    journal: Journal,
    store: Store,
    { settledMs = 600_000, maxMs = 72 * 3_600_000 }: RetentionOptions,
    queues: () => Iterable<KeptQueue>,
  ) {
    this.#clock = clock;
    this.#journal = journal;
    this.#store = store;
    this.#settledMs = settledMs;
    this.#maxMs = maxMs;
    this.#queues = queues;
    this.#timer = clock.setTimeout(() => this.#run(), everyMs);
  }

  close(): void {
    this.#timer.clear();
  }

  #run(): void {
    for (const queue of this.#queues()) this.#trim(queue);
    this.#timer = this.#clock.setTimeout(() => this.#run(), everyMs);
  }

  #trim({ topic, queue, log, settledTo }: KeptQueue): void {
    const from = log.first;
    const now = this.#clock.now();
    let to = from;
    while (to < log.end && to - from < maxPerRun) {
      const storedAt = this.#store.read(topic, queue, to)?.storedAt ?? 0;
      if (now - storedAt < (to < settledTo ? this.#settledMs : this.#maxMs)) break;
      to++;
    }
    if (to === from) return;
    log.trimmed(to);
    this.#journal.add({ kind: 'trim', topic, queue, from, to });
  }
}
