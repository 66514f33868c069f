import { Latencies } from '@tools/load';
import type { Seen } from './plan.js';

/** Counts what happens between the ramp and the end. Times are ms of any one clock. */
export class Recorder {
  readonly #latencies = new Latencies();
  readonly #statuses = new Map<number, number>();
  #sum = 0;
  #lost = 0;
  #unanswered = 0;

  /** @param from when the time that counts begins @param to when it ends */
  constructor(
    private readonly from: number,
    private to: number,
  ) {}

  /** The end came early. */
  endAt(now: number): void {
    this.to = Math.min(this.to, now);
  }

  /**
   * A closed loop: an answer counts when it comes in the time that counts.
   * @param since when the request was sent
   */
  answered(status: number, since: number, now: number): void {
    if (now >= this.from && now < this.to) this.#count(status, now - since);
  }

  /**
   * An open loop: a request counts when it was due in the time that counts, whenever its answer comes. What the
   * system delays, its own sending included, is part of its latency.
   * @param due when it was to be sent
   */
  answeredDue(status: number, due: number, now: number): void {
    if (due >= this.from && due < this.to) this.#count(status, now - due);
  }

  /** A request that was due never got an answer: its latency is at least the time until now. */
  neverAnswered(due: number, now: number): void {
    if (due < this.from || due >= this.to) return;
    this.#unanswered++;
    this.#record(now - due);
  }

  /** A connection was lost with a request under way. @param at when it was lost; in an open loop: when it was due */
  lost(at: number): void {
    if (at >= this.from && at < this.to) this.#lost++;
  }

  seen(): Seen {
    const { count } = this.#latencies;
    const completed = count - this.#unanswered;
    const at = (percent: number) => this.#latencies.percentile(percent);
    return {
      elapsedMs: this.to - this.from,
      completed,
      statuses: Object.fromEntries(this.#statuses),
      lost: this.#lost,
      unanswered: this.#unanswered,
      latency: {
        p50: at(50),
        p90: at(90),
        p99: at(99),
        p999: at(99.9),
        max: at(100),
        mean: count === 0 ? 0 : this.#sum / count,
      },
    };
  }

  #count(status: number, ms: number): void {
    this.#statuses.set(status, (this.#statuses.get(status) ?? 0) + 1);
    this.#record(ms);
  }

  #record(ms: number): void {
    this.#latencies.record(ms);
    this.#sum += ms;
  }
}
