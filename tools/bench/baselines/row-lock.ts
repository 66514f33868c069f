import pg from 'pg';

/** What every baseline's worker answers. */
export type BaselineDecision = 'reserved' | 'sold_out' | 'limit_reached';

/** The tables of the ordinary way, in a database of their own. */
export async function makeRowLockTables(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(`
      CREATE TABLE stock (sale_id text PRIMARY KEY, available integer NOT NULL CHECK (available >= 0));
      CREATE TABLE reservation (
        request_id uuid PRIMARY KEY,
        sale_id text NOT NULL,
        user_id text NOT NULL,
        quantity integer NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        UNIQUE (sale_id, user_id))`);
  } finally {
    await client.end();
  }
}

/** One purchase, as it goes over a queue. */
export interface RowLockPurchase {
  readonly requestId: string;
  readonly saleId: string;
  readonly userId: string;
  readonly quantity: number;
}

/** The ordinary way: a transaction per request, which locks the row of the sale. Idempotent by request id. */
export class RowLockStore {
  readonly #pool: pg.Pool;

  /** @param connections transactions at once */
  constructor(url: string, connections: number) {
    this.#pool = new pg.Pool({ connectionString: url, max: connections, idleTimeoutMillis: 0 });
    this.#pool.on('error', () => {});
  }

  async decide({ requestId, saleId, userId, quantity }: RowLockPurchase): Promise<BaselineDecision> {
    const client = await this.#pool.connect();
    const ask = (name: string, text: string, values: unknown[]) => client.query({ name, text, values });
    try {
      await client.query('BEGIN');
      const { rows } = await ask('lock', 'SELECT available FROM stock WHERE sale_id = $1 FOR UPDATE', [
        saleId,
      ]);
      const mine = await ask(
        'mine',
        'SELECT request_id FROM reservation WHERE sale_id = $1 AND user_id = $2',
        [saleId, userId],
      );
      const [held] = mine.rows as { request_id: string }[];
      const decision = held
        ? held.request_id === requestId
          ? 'reserved'
          : 'limit_reached'
        : (rows as { available: number }[])[0]!.available < quantity
          ? 'sold_out'
          : 'reserved';
      if (decision === 'reserved' && !held) {
        await ask('take', 'UPDATE stock SET available = available - $2 WHERE sale_id = $1', [
          saleId,
          quantity,
        ]);
        await ask(
          'keep',
          'INSERT INTO reservation (request_id, sale_id, user_id, quantity) VALUES ($1, $2, $3, $4)',
          [requestId, saleId, userId, quantity],
        );
      }
      await client.query('COMMIT');
      return decision;
    } catch (error) {
      await client.query('ROLLBACK').catch(() => {});
      throw error;
    } finally {
      client.release();
    }
  }

  /** Gives these sales more than enough stock. */
  async open(saleIds: readonly string[]): Promise<void> {
    await this.#pool.query('INSERT INTO stock SELECT id, 2000000000 FROM unnest($1::text[]) id', [saleIds]);
  }

  close(): Promise<void> {
    return this.#pool.end();
  }
}
