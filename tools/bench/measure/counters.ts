import pg from 'pg';

/** Counts that only grow. */
export interface Counters {
  /** Messages of requests that were sent to the broker. */
  readonly messages?: number;
  /** Transactions that Postgres committed. */
  readonly commits?: number;
}

/** The value of a metric without labels, or the sum over its labels. 0 when it is not there. */
export function metric(text: string, name: string): number {
  let sum = 0;
  for (const line of text.split('\n')) {
    if (!line.startsWith(name) || !/[ {]/.test(line.charAt(name.length))) continue;
    sum += Number(line.slice(line.lastIndexOf(' ') + 1));
  }
  return sum;
}

/** Reads /metrics of an app. */
export async function metricsOf(url: string): Promise<string> {
  const response = await fetch(`${url}/metrics`, { signal: AbortSignal.timeout(10_000) });
  return response.text();
}

/**
 * Commits of one database so far. A connection tells its own at most once a second, so a short reading is off by what
 * it did in the last one.
 */
export class CommitCounter {
  readonly #pool: pg.Pool;

  constructor(url: string) {
    this.#pool = new pg.Pool({ connectionString: url, max: 1, application_name: 'bench' });
    this.#pool.on('error', () => {});
  }

  async read(): Promise<number> {
    const { rows } = await this.#pool.query<{ commits: string }>(
      'SELECT xact_commit AS commits FROM pg_stat_database WHERE datname = current_database()',
    );
    return Number(rows[0]!.commits);
  }

  close(): Promise<void> {
    return this.#pool.end();
  }
}
