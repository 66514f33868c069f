import type { Sale } from '@seckill/inventory-client';

/** Columns of a sale as they are read: times as ms since the Unix epoch, the version as a number. */
export const saleColumns = `
  sale_id, title, total, per_user_limit, available, reserved, sold, version::float8 AS version,
  (extract(epoch FROM opens_at) * 1000)::float8 AS opens_at, (extract(epoch FROM closes_at) * 1000)::float8 AS closes_at`;

/** A row of `saleColumns`. */
export interface SaleColumns {
  sale_id: string;
  title: string;
  total: number;
  per_user_limit: number;
  available: number;
  reserved: number;
  sold: number;
  version: number;
  opens_at: number;
  closes_at: number;
}

export function saleOf(row: SaleColumns): Sale {
  return {
    saleId: row.sale_id,
    terms: {
      title: row.title,
      total: row.total,
      perUserLimit: row.per_user_limit,
      opensAt: row.opens_at,
      closesAt: row.closes_at,
    },
    available: row.available,
    reserved: row.reserved,
    sold: row.sold,
    version: row.version,
  };
}
