import type { Sale } from '@seckill/inventory-client';
import { z } from 'zod';
import { saleIdSchema } from '../http/validation.js';

/** Units that a sale may have: what a signed 32-bit integer can count. */
const MAX_UNITS = 2_147_483_647;

const units = z.int('must be a whole number').min(1, 'must be at least 1').max(MAX_UNITS, 'is too large');

/** A moment with its offset (RFC 3339), read as ms since the Unix epoch. */
const moment = z.iso
  .datetime({ offset: true, error: 'must be a date and time with offset, such as 2026-11-11T00:00:00Z' })
  .transform((text) => Date.parse(text))
  .refine((ms) => ms >= 0, 'must not be before 1970');

const bothNumbers = (a: unknown, b: unknown): boolean => typeof a === 'number' && typeof b === 'number';

/** Body of PUT /v1/admin/sales/{saleId}. */
export const saleTermsSchema = z
  .strictObject(
    {
      title: z
        .string('must be a text')
        .min(1, 'must not be empty')
        .max(200, 'must have at most 200 characters'),
      total: units,
      perUserLimit: units,
      opensAt: moment,
      closesAt: moment,
    },
    { error: (issue) => (issue.input === undefined ? 'a JSON body is required' : undefined) },
  )
  // Also runs when one of them is wrong by itself, and so is not a number: that has its own error.
  .refine(({ opensAt, closesAt }) => !bothNumbers(opensAt, closesAt) || closesAt > opensAt, {
    path: ['closesAt'],
    message: 'must be after opensAt',
  })
  .meta({
    examples: [
      {
        title: 'Midnight sneakers',
        total: 1000,
        perUserLimit: 2,
        opensAt: '2026-11-11T00:00:00Z',
        closesAt: '2026-11-11T01:00:00+01:00',
      },
    ],
  });

/** The common part of all examples. */
const example = {
  saleId: 'midnight-sneakers',
  title: 'Midnight sneakers',
  total: 1_000,
  available: 640,
  perUserLimit: 2,
  opensAt: '2026-11-11T00:00:00.000Z',
  closesAt: '2026-11-11T01:00:00.000Z',
};

const count = z.int().min(0);

const publicSale = {
  saleId: saleIdSchema,
  title: z.string(),
  total: count,
  available: count,
  perUserLimit: count,
  opensAt: z.iso.datetime(),
  closesAt: z.iso.datetime(),
};

/** A sale in public. */
export const saleSchema = z.object(publicSale).meta({ examples: [example] });
export type SaleView = z.output<typeof saleSchema>;

const adminSale = { ...publicSale, reserved: count, sold: count, version: count };
const adminExample = { ...example, reserved: 360, sold: 0, version: 3 };
/** A sale as administrators see it. */
export const adminSaleSchema = z.object(adminSale).meta({ examples: [adminExample] });
export type AdminSaleView = z.output<typeof adminSaleSchema>;

/** A sale with how many requests were decided which way. */
export const ledgerSchema = z
  .object({
    ...adminSale,
    requests: z.object({
      reserved: count,
      sold_out: count,
      limit_reached: count,
      not_started: count,
      ended: count,
      lapsed: count,
    }),
  })
  .meta({
    examples: [
      {
        ...adminExample,
        requests: { reserved: 311, sold_out: 0, limit_reached: 12, not_started: 0, ended: 0, lapsed: 1 },
      },
    ],
  });
export type LedgerView = z.output<typeof ledgerSchema>;

/** The public view of a sale. */
export function saleView({ saleId, terms, available }: Sale): SaleView {
  const { title, total, perUserLimit, opensAt, closesAt } = terms;
  return { saleId, title, total, available, perUserLimit, opensAt: iso(opensAt), closesAt: iso(closesAt) };
}

/** The administrator's view of a sale. */
export const adminSaleView = (sale: Sale): AdminSaleView => ({
  ...saleView(sale),
  reserved: sale.reserved,
  sold: sale.sold,
  version: sale.version,
});

const iso = (ms: number): string => new Date(ms).toISOString();
