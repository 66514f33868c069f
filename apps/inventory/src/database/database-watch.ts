import { systemClock, type Clock, type Timer } from '@seckill/clock';
import type { Pool } from 'pg';
import { assertWritable } from './connection.js';
import { onConnection } from './transaction.js';

/** Checks once a second whether the database responds and accepts changes. */
export class DatabaseWatch {
  #up = false;
  #stopped = false;
  #timer: Timer | undefined;

  /**
   * @param onChange called on every change, and on the first result
   * @param everyMs pause between two checks
   */
  constructor(
    private readonly pool: Pool,
    private readonly onChange: (up: boolean, error?: unknown) => void,
    private readonly clock: Clock = systemClock,
    private readonly everyMs = 1_000,
  ) {}

  /** The result of the last check. */
  get up(): boolean {
    return this.#up;
  }

  /** Starts, and resolves after the first check. */
  async start(): Promise<void> {
    let error: unknown;
    const up = await onConnection(this.pool, assertWritable).then(
      () => true,
      (reason: unknown) => {
        error = reason;
        return false;
      },
    );
    if (this.#stopped) return;
    if (up !== this.#up) this.onChange(up, error);
    this.#up = up;
    this.#timer = this.clock.setTimeout(() => void this.start(), this.everyMs);
  }

  stop(): void {
    this.#stopped = true;
    this.#timer?.clear();
  }
}
