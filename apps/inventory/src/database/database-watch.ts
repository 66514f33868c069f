import { systemClock, type Clock, type Timer } from '@seckill/clock';
import type { Pool } from 'pg';
import { assertWritable } from './connection.js';
import { onConnection } from './transaction.js';

/** Asks the database once a second whether it is there and takes changes. */
export class DatabaseWatch {
  #up = false;
  #stopped = false;
  #timer: Timer | undefined;

  /**
   * @param onChange hears of every change, and of the first answer
   * @param everyMs pause between two questions
   */
  constructor(
    private readonly pool: Pool,
    private readonly onChange: (up: boolean, error?: unknown) => void,
    private readonly clock: Clock = systemClock,
    private readonly everyMs = 1_000,
  ) {}

  /** Whether it answered when it was last asked. */
  get up(): boolean {
    return this.#up;
  }

  /** Begins, and resolves after the first answer. */
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
