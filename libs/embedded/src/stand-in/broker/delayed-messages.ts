import type { Clock, Timer } from '@seckill/clock';
import { DueHeap } from './due-heap.js';

/** A message with a delivery time. */
export interface Delayed {
  readonly at: number;
  readonly id: string;
  readonly topic: string;
}

/** The longest delay of a timer. */
const maxTimerMs = 2 ** 31 - 1;

/** Calls back when delayed messages become due, with one timer for all. Their content stays in the store. */
export class DelayedMessages {
  readonly #clock: Clock;
  readonly #release: (due: readonly Delayed[]) => void;
  readonly #heap = new DueHeap<Delayed>();
  readonly #counts = new Map<string, number>();
  #alarm: { at: number; timer: Timer } | undefined;

  constructor(clock: Clock, release: (due: readonly Delayed[]) => void) {
    this.#clock = clock;
    this.#release = release;
  }

  /** How many messages of a topic are delayed. */
  of(topic: string): number {
    return this.#counts.get(topic) ?? 0;
  }

  /** Adds a message that has been flushed. */
  add(delayed: Delayed): void {
    this.#heap.push(delayed.at, delayed);
    this.#counts.set(delayed.topic, this.of(delayed.topic) + 1);
    this.#setAlarm();
  }

  close(): void {
    this.#alarm?.timer.clear();
  }

  #ring(): void {
    this.#alarm = undefined;
    const now = this.#clock.now();
    const due: Delayed[] = [];
    while ((this.#heap.peek()?.at ?? Infinity) <= now) due.push(this.#heap.pop()!.item);
    for (const { topic } of due) this.#counts.set(topic, this.of(topic) - 1);
    if (due.length > 0) this.#release(due);
    this.#setAlarm();
  }

  #setAlarm(): void {
    const at = this.#heap.peek()?.at;
    if (at === undefined || (this.#alarm && this.#alarm.at <= at)) return;
    this.#alarm?.timer.clear();
    const ms = Math.min(maxTimerMs, Math.max(0, at - this.#clock.now()));
    this.#alarm = { at, timer: this.#clock.setTimeout(() => this.#ring(), ms) };
  }
}
