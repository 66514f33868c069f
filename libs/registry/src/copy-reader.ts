import type { CorrectedClock, Timer } from '@seckill/clock';
import { backoff } from './backoff.js';
import type { Instance } from './instance.js';
import type { LocalCopy } from './local-copy.js';
import type { Snapshot } from './store.js';

/**
 * Keeps the local copy like the store: one reading at a time, at an interval, at once when asked, and again and again
 * while the store is down. The only writer of the copy, so that an older list never replaces a newer one.
 */
export class CopyReader {
  /** Resolves when the first reading has ended, well or not. */
  readonly first: Promise<void>;
  readonly #read: () => Promise<Snapshot>;
  readonly #copy: LocalCopy;
  readonly #clock: CorrectedClock;
  readonly #intervalMs: number;
  /** How long what is missing after an outage is kept: time for the living to renew. */
  readonly #graceMs: number;
  #timer: Timer | undefined;
  #reading = false;
  #again = false;
  #closed = false;
  #failures = 0;
  #lastReadAt: number;
  #graceUntil = -Infinity;

  /** @param read must not take for ever */
  constructor(read: () => Promise<Snapshot>, copy: LocalCopy, clock: CorrectedClock, intervalMs: number) {
    this.#read = read;
    this.#copy = copy;
    this.#clock = clock;
    this.#intervalMs = intervalMs;
    this.#graceMs = 3 * intervalMs;
    this.#lastReadAt = clock.mark();
    this.first = this.#run();
  }

  /** Reads now; during a reading, once more after it. While the store is down, its next try has to do. */
  readNow(): void {
    if (this.#reading) this.#again = true;
    else if (this.#failures === 0) void this.#run();
  }

  /** Reads after the shortest pause: for a connection that broke, which may break again. */
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
      this.#again = false;
      await this.#once();
    } while (this.#again && this.#failures === 0 && !this.#closed);
    this.#reading = false;
    this.#schedule(
      this.#failures === 0 ? this.#intervalMs : backoff(this.#failures, Math.min(this.#intervalMs, 1_000)),
    );
  }

  async #once(): Promise<void> {
    try {
      const snapshot = await this.#read();
      if (this.#closed) return;
      const instances = this.#withMissed(snapshot);
      this.#failures = 0;
      this.#copy.replace(instances);
    } catch {
      this.#failures++;
    }
  }

  /**
   * After an outage in which leases may have run out although their holders live, the list lacks those who have not
   * renewed yet: keep them for a while unless they are known to have left.
   */
  #withMissed(snapshot: Snapshot): readonly Instance[] {
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
