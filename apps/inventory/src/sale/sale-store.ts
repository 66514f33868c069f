import type { ClientBase, Pool } from 'pg';
import type { Sale, SaleChanged, SaleTerms } from '@seckill/inventory-client';
import { onConnection } from '../database/transaction.js';
import { changeSale, type Conditions, type SaleVerdict } from './change-sale.js';
import { isSaleId } from './check-terms.js';
import { saleColumns, saleOf, type SaleColumns } from './sale-columns.js';

/** The result of a change of a sale. */
export type SalePut =
  | ({ kind: 'put'; /** The database's clock, ms since the Unix epoch. */ now: number } & SaleChanged)
  | Extract<SaleVerdict, { kind: 'refused' }>;

/** Sales as they stood at one moment. */
export interface SalesReading {
  sales: Sale[];
  /** The database's clock, ms since the Unix epoch; 0 without any sale. */
  now: number;
}

/** Reads and changes sales. */
export class SaleStore {
  constructor(private readonly pool: Pool) {}

  /** The sales that exist, in any order. */
  get(saleIds: readonly string[]): Promise<SalesReading> {
    return onConnection(this.pool, async (client) => {
      const { rows } = await client.query<SaleColumns & { now: number }>({
        name: 'get-sales',
        text: `
          SELECT ${saleColumns}, floor(extract(epoch FROM clock_timestamp()) * 1000)::float8 AS now
          FROM sale WHERE sale_id = ANY($1) AND NOT purging`,
        values: [saleIds.filter(isSaleId)],
      });
      return { sales: rows.map(saleOf), now: rows[0]?.now ?? 0 };
    });
  }

  /**
   * Creates or changes a sale under the lock of its row, so that no decision runs meanwhile. Idempotent: the same
   * terms again change nothing.
   */
  put(saleId: string, terms: SaleTerms, conditions: Conditions): Promise<SalePut> {
    return onConnection(this.pool, async (client) => {
      await client.query('BEGIN ISOLATION LEVEL READ COMMITTED');
      const put = await this.#put(client, saleId, terms, conditions);
      await client.query(put.kind === 'put' ? 'COMMIT' : 'ROLLBACK');
      return put;
    });
  }

  async #put(client: ClientBase, saleId: string, terms: SaleTerms, conditions: Conditions): Promise<SalePut> {
    for (;;) {
      const stored = await lock(client, saleId);
      if (stored?.purging) {
        return { kind: 'refused', reason: 'being-purged', message: 'the sale is over and being deleted' };
      }
      const now = await clock(client);
      const verdict = changeSale(stored?.sale, terms, conditions, now);
      switch (verdict.kind) {
        case 'refused':
          return verdict;
        case 'unchanged':
          return { kind: 'put', sale: stored!.sale, created: false, now };
        case 'changed':
          return {
            kind: 'put',
            sale: await update(client, saleId, terms, verdict.available),
            created: false,
            now,
          };
        case 'created': {
          const sale = await insert(client, saleId, terms);
          // Another call has created it meanwhile: it exists now, and is changed like any other.
          if (sale) return { kind: 'put', sale, created: true, now };
        }
      }
    }
  }
}

async function lock(
  client: ClientBase,
  saleId: string,
): Promise<{ sale: Sale; purging: boolean } | undefined> {
  const { rows } = await client.query<SaleColumns & { purging: boolean }>(
    `SELECT ${saleColumns}, purging FROM sale WHERE sale_id = $1 FOR UPDATE`,
    [saleId],
  );
  const [row] = rows;
  return row && { sale: saleOf(row), purging: row.purging };
}

/** ms since the Unix epoch. A statement of its own, so that it comes after the lock. */
async function clock(client: ClientBase): Promise<number> {
  const { rows } = await client.query<{ now: number }>(
    'SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::float8 AS now',
  );
  return rows[0]!.now;
}

/** Times are sent as dates: a floating-point number of seconds would be inexact in far centuries. */
function columnsOf(saleId: string, terms: SaleTerms): unknown[] {
  const { title, total, perUserLimit, opensAt, closesAt } = terms;
  return [saleId, title, total, perUserLimit, new Date(opensAt), new Date(closesAt)];
}

async function insert(client: ClientBase, saleId: string, terms: SaleTerms): Promise<Sale | undefined> {
  const { rows } = await client.query<SaleColumns>(
    `INSERT INTO sale (sale_id, title, total, per_user_limit, opens_at, closes_at, available, reserved, sold, version)
     VALUES ($1, $2, $3, $4, $5, $6, $3, 0, 0, 1)
     ON CONFLICT (sale_id) DO NOTHING RETURNING ${saleColumns}`,
    columnsOf(saleId, terms),
  );
  return rows[0] && saleOf(rows[0]);
}

async function update(
  client: ClientBase,
  saleId: string,
  terms: SaleTerms,
  available: number,
): Promise<Sale> {
  const { rows } = await client.query<SaleColumns>(
    `UPDATE sale SET title = $2, total = $3, per_user_limit = $4, opens_at = $5, closes_at = $6,
       available = $7, version = version + 1
     WHERE sale_id = $1 RETURNING ${saleColumns}`,
    [...columnsOf(saleId, terms), available],
  );
  return saleOf(rows[0]!);
}
