import { setTimeout as sleep } from 'node:timers/promises';
import type { StockSample } from '@tools/checker';
import pg from 'pg';
import { ms } from './columns.js';

/** Reads the stock again and again during a sale: evidence for "at every instant". */
export class StockSampler {
  readonly #samples: StockSample[] = [];
  readonly #stopping = new AbortController();
  readonly #done: Promise<void>;

  /** @param everyMs between two looks */
  constructor(url: string, saleIds: readonly string[], everyMs = 50) {
    this.#done = this.#run(url, saleIds, everyMs);
  }

  /** Ends it and returns what it saw; may be repeated. Times when the database could not be reached are simply missing. */
  async stop(): Promise<readonly StockSample[]> {
    this.#stopping.abort();
    await this.#done;
    return this.#samples;
  }

  async #run(url: string, saleIds: readonly string[], everyMs: number): Promise<void> {
    const pool = new pg.Pool({
      connectionString: url,
      max: 1,
      connectionTimeoutMillis: 1_000,
      query_timeout: 2_000,
    });
    // An idle connection that a fault test cuts must not end the process.
    pool.on('error', () => {});
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      try {
        const { rows } = await pool.query<StockSample>(
          `SELECT sale_id AS "saleId", total, available, reserved, sold, ${ms('clock_timestamp()')} AS at
           FROM sale WHERE sale_id = ANY($1)`,
          [saleIds],
        );
        this.#samples.push(...rows);
      } catch {
        // Looked at again after the pause.
      }
      await sleep(everyMs, undefined, { signal }).catch(() => {});
    }
    await pool.end();
  }
}
