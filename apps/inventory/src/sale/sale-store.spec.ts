import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import type { SaleTerms } from '@seckill/inventory-client';
import { purchase, TestLedger } from '../testing/ledger.js';
import { LedgerStore } from './ledger-store.js';
import { SaleStore, type SalePut } from './sale-store.js';

let ledger: TestLedger;
let sales: SaleStore;
beforeAll(async () => {
  ledger = await TestLedger.start();
  sales = new SaleStore(ledger.open().reads);
}, 60_000);
afterAll(() => ledger.remove());

const anyhow = { ifMatch: [], mustExist: false, mustNotExist: false };
const terms = (fields: Partial<SaleTerms> = {}): SaleTerms => ({
  title: 'Käse “today”',
  total: 10,
  perUserLimit: 3,
  opensAt: Date.now() - 1_000,
  closesAt: Date.now() + 60_000,
  ...fields,
});
const versionOf = (put: SalePut) => (put.kind === 'put' ? put.sale.version : put.reason);

describe('SaleStore', () => {
  it('creates a sale, returns it to the millisecond, and does nothing when asked for the same again', async () => {
    const saleId = randomUUID();
    const wanted = terms();
    const sale = { saleId, terms: wanted, available: 10, reserved: 0, sold: 0, version: 1 };
    for (const created of [true, false]) {
      const put = await sales.put(saleId, wanted, anyhow);
      expect(put).toMatchObject({ kind: 'put', sale, created });
      expect(Math.abs((put.kind === 'put' ? put.now : 0) - Date.now())).toBeLessThan(5_000);
    }
    const reading = await sales.get([saleId, 'nowhere', saleId, '\0']);
    expect(reading.sales).toEqual([sale]);
    expect(Math.abs(reading.now - Date.now())).toBeLessThan(5_000);
    expect(await sales.get(['nowhere'])).toEqual({ sales: [], now: 0 });
  });

  it('keeps every millisecond of every time there is', async () => {
    const last = Date.UTC(10_000, 0) - 1;
    for (const opensAt of [0, 1, 999, last - 86_399_998, last - 1]) {
      const saleId = randomUUID();
      const wanted = terms({ opensAt, closesAt: last });
      await sales.put(saleId, wanted, anyhow);
      expect((await sales.get([saleId])).sales[0]?.terms).toEqual(wanted);
    }
  });

  it('counts what was reserved when the total moves, and grows the version with each change', async () => {
    const saleId = randomUUID();
    const wanted = terms();
    await sales.put(saleId, wanted, anyhow);
    await ledger.decisions().decide([purchase(saleId, { quantity: 3 })]);
    expect(await sales.put(saleId, { ...wanted, total: 12 }, anyhow)).toMatchObject({
      sale: { available: 9, reserved: 3, version: 2 },
    });
    expect(versionOf(await sales.put(saleId, { ...wanted, total: 2 }, anyhow))).toBe('total-below-sold');
    expect((await sales.get([saleId])).sales).toMatchObject([{ available: 9, reserved: 3, version: 2 }]);
  });

  it('creates a sale once for many concurrent calls, and the others find it', async () => {
    const saleId = randomUUID();
    const wanted = terms();
    const puts = await Promise.all(Array.from({ length: 8 }, () => sales.put(saleId, wanted, anyhow)));
    expect(puts.filter((put) => put.kind === 'put' && put.created)).toHaveLength(1);
    expect(puts.map(versionOf)).toEqual(puts.map(() => 1));
  });

  it('lets one of many concurrent changes of the same version succeed', async () => {
    const saleId = randomUUID();
    const wanted = terms();
    await sales.put(saleId, wanted, anyhow);
    const puts = await Promise.all(
      [1, 2, 3, 4].map((n) => sales.put(saleId, { ...wanted, total: 10 + n }, { ...anyhow, ifMatch: [1] })),
    );
    const refused = puts.map(versionOf).filter((version) => version === 'version-mismatch');
    expect(refused).toHaveLength(3);
    expect((await sales.get([saleId])).sales[0]?.version).toBe(2);
  });

  it('keeps the stock right during purchases', async () => {
    const saleId = await ledger.sale({ total: 50 });
    const store = ledger.decisions();
    const [sale] = (await sales.get([saleId])).sales;
    await Promise.all([
      (async () => {
        for (let i = 0; i < 20; i++) await store.decide([1, 2, 3].map(() => purchase(saleId)));
      })(),
      (async () => {
        for (let i = 0; i < 20; i++) await sales.put(saleId, { ...sale!.terms, total: 50 + (i % 2) }, anyhow);
      })(),
    ]);
    // A change after the last purchase may have brought one more unit.
    await store.decide([purchase(saleId)]);
    const { total, available, reserved, granted } = await ledger.books(saleId);
    expect(reserved).toBe(granted);
    expect(available + reserved).toBe(total);
    expect(available).toBe(0);
  }, 30_000);
});

describe('LedgerStore', () => {
  it('counts requests and units by decision', async () => {
    const saleId = await ledger.sale({ total: 5, perUserLimit: 4 });
    const buy = (userId: string, quantity: number, fields = {}) =>
      purchase(saleId, { userId, quantity, ...fields });
    await ledger
      .decisions()
      .decide([buy('a', 4), buy('a', 1), buy('b', 2), buy('c', 1), buy('d', 3, { decideByMs: 0 })]);
    expect(await new LedgerStore(ledger.open().reads).get(saleId)).toMatchObject({
      sale: { available: 0, reserved: 5 },
      counts: {
        reserved: { requests: 2, units: 5 },
        limit_reached: { requests: 1, units: 1 },
        sold_out: { requests: 1, units: 2 },
        lapsed: { requests: 1, units: 3 },
      },
    });
    expect(await new LedgerStore(ledger.open().reads).get('nowhere')).toBeUndefined();
  });
});
