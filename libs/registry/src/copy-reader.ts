import type { CorrectedClock, Timer } from '@seckill/clock';
import { backoff } from './backoff.js';
import type { Instance } from './instance.js';
import type { LocalCopy } from './local-copy.js';
import type { Snapshot } from './store.js';

/**
 * Keeps the local copy up to date: reads the list at an interval, at once when asked, and with retries while the store
 * is down. One read at a time, and nothing else writes to the copy, so that an older list never replaces a newer one.
 */
export class CopyReader {
  /** Resolves when the first read has succeeded or failed. */
  readonly first: Promise<void>;
  readonly #read: () => Promise<Snapshot>;
  readonly #copy: LocalCopy;
  readonly #clock: CorrectedClock;
  readonly #intervalMs: number;
  /** After an outage, instances that are missing from the list are kept for this time, so that they can renew. */
  readonly #graceMs: number;
  #timer: Timer | undefined;
  #reading = false;
  #readAgain = false;
  #closed = false;
  #failures = 0;
  #lastReadAt: number;
  #graceUntil = -Infinity;

  /** @param read must be bounded in time */
  constructor(read: () => Promise<Snapshot>, copy: LocalCopy, clock: CorrectedClock, intervalMs: number) {
    this.#read = read;
    this.#copy = copy;
    this.#clock = clock;
    this.#intervalMs = intervalMs;
    this.#graceMs = 3 * intervalMs;
    this.#lastReadAt = clock.mark();
    this.first = this.#run();
  }

  /** Reads now, or once more after the read in progress. While the store is down, the next retry does it. */
  readNow(): void {
    if (this.#reading) this.#readAgain = true;
    else if (this.#failures === 0) void this.#run();
  }

  /** Reads after the shortest pause: for a connection that broke and may break again. */
  readSoon(): void {
    if (!this.#reading && this.#failures === 0) this.#schedule(backoff(1, this.#intervalMs));
  }

  close(): void {
    this.#closed = true;
    this.#timer?.clear();
  }

  async #run(): Promise<void> {
    if (this.#closed) return;
    this.#timer?.clear();
    this.#reading = true;
    do {
      this.#readAgain = false;
      await this.#readOnce();
    } while (this.#readAgain && this.#failures === 0 && !this.#closed);
    this.#reading = false;
    this.#schedule(
      this.#failures === 0 ? this.#intervalMs : backoff(this.#failures, Math.min(this.#intervalMs, 1_000)),
    );
  }

  async #readOnce(): Promise<void> {
    try {
      const snapshot = await this.#read();
      if (this.#closed) return;
      const instances = this.#withinGrace(snapshot);
      this.#failures = 0;
      this.#copy.replace(instances);
    } catch {
      this.#failures++;
    }
  }

  /**
   * During an outage leases may expire although their holders are alive. The first lists after it lack those that have
   * not renewed yet: they are kept for a while, unless they are known to have been released.
   */
  #withinGrace(snapshot: Snapshot): readonly Instance[] {
    const now = this.#clock.mark();
    if (this.#failures > 0 && now - this.#lastReadAt > this.#graceMs / 2)
      this.#graceUntil = now + this.#graceMs;
    this.#lastReadAt = now;
    if (now >= this.#graceUntil) return snapshot.instances;
    const known = new Set([...snapshot.released, ...snapshot.instances.map(({ id }) => id)]);
    return [...snapshot.instances, ...[...this.#copy.all()].filter(({ id }) => !known.has(id))];
  }

  #schedule(ms: number): void {
    this.#timer?.clear();
    if (!this.#closed) this.#timer = this.#clock.setTimeout(() => void this.#run(), ms);
  }
}
