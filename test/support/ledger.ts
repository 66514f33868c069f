import pg from 'pg';
import type { Decision, Ledger, LedgerOutcome, LedgerSale, StockSample } from '@seckill/checker';
import { setTimeout as sleep } from 'node:timers/promises';

/** Whole ms since the epoch: the ledger stamps in ms, and float8 may be off by a hair. */
const ms = (column: string) => `round(extract(epoch FROM ${column}) * 1000)::float8`;

/** Reads the sales and all of their outcomes, in one snapshot. */
export async function readLedger(url: string, saleIds: readonly string[]): Promise<Ledger> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    const sales = await client.query<LedgerSale>(
      `SELECT sale_id AS "saleId", total, per_user_limit AS "perUserLimit", available, reserved, sold,
         ${ms('opens_at')} AS "opensAt", ${ms('closes_at')} AS "closesAt"
       FROM sale WHERE sale_id = ANY($1)`,
      [saleIds],
    );
    const outcomes = await client.query<OutcomeRow>(
      `SELECT request_id AS "requestId", sale_id AS "saleId", user_id AS "userId", quantity, decision,
         existing_request_id AS "existingRequestId", ${ms('accepted_at')} AS "acceptedAt",
         ${ms('decide_by')} AS "decideBy", ${ms('decided_at')} AS "decidedAt"
       FROM outcome WHERE sale_id = ANY($1)`,
      [saleIds],
    );
    await client.query('COMMIT');
    return { sales: sales.rows, outcomes: outcomes.rows.map(outcomeOf) };
  } finally {
    await client.end();
  }
}

interface OutcomeRow {
  requestId: string;
  saleId: string;
  userId: string;
  quantity: number;
  decision: Decision;
  decidedAt: number;
  existingRequestId: string | null;
  acceptedAt: number | null;
  decideBy: number;
}

function outcomeOf({ existingRequestId, acceptedAt, ...row }: OutcomeRow): LedgerOutcome {
  return {
    ...row,
    existingRequestId: existingRequestId ?? undefined,
    acceptedAt: acceptedAt ?? undefined,
  };
}

/** Looks at the stock again and again while something else goes on: evidence for "at every instant". */
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
