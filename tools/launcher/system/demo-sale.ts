import { adminToken, SaleAdmin, tokensOf } from '@tools/load';

const saleId = 'demo';
const total = 1_000;
const openMs = 10 * 365 * 86_400_000;
const withinMs = 5_000;

/** A sale to try things with. */
export interface DemoSale {
  readonly saleId: string;
  readonly total: number;
  /** Buys a unit of it, and gets the same answer however often it is pasted into a terminal. */
  readonly curl: string;
}

/**
 * Opens the demo sale, now and for years. One that is there already stays as it is, with everything that was sold.
 *
 * @throws ShopRefusedError, ShopUnavailableError
 */
export async function openDemoSale(gateways: readonly string[], jwtSecret: string): Promise<DemoSale> {
  const admin = new SaleAdmin({ gateways, token: adminToken(jwtSecret), withinMs });
  await admin.ensure(saleId, {
    title: 'Demo sale',
    total,
    perUserLimit: 1,
    opensAt: new Date(),
    closesAt: new Date(Date.now() + openMs),
  });
  const token = tokensOf(jwtSecret)('you');
  return { saleId, total, curl: curlFor(`${gateways[0]}/v1/sales/${saleId}/purchases`, token) };
}

/** On one line, for shells that take a backslash at the end of a line for something else. */
function curlFor(url: string, token: string): string {
  const headers = [
    `Authorization: Bearer ${token}`,
    'Content-Type: application/json',
    'Idempotency-Key: first-click',
  ];
  return [`curl -i ${url}`, ...headers.map((header) => `-H '${header}'`), `-d '{"quantity":1}'`].join(' ');
}
