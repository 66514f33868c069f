import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { until } from '@seckill/clock';
import { freePorts } from '@seckill/embedded';
import { InventoryClient, SaleChangeRefusedError } from '@seckill/inventory-client';
import type { DecideResult, Purchase } from '@seckill/purchase';
import { openRegistry, type Registry } from '@seckill/registry';
import type { Running } from '@seckill/runtime';
import { purchase, TestLedger } from './testing/ledger.js';
import { startInventory } from './testing/start-inventory.js';

let ledger: TestLedger;
let registry: Registry;
let client: InventoryClient;
let running: Running;
let http: string;

async function start(): Promise<{ running: Running; http: string }> {
  const httpPort = await freePorts(2);
  return { running: await startInventory(ledger, httpPort), http: `http://127.0.0.1:${httpPort}` };
}

beforeAll(async () => {
  ledger = await TestLedger.start();
  ({ running, http } = await start());
  registry = await openRegistry(ledger.registryUrl);
  client = new InventoryClient({ registry });
}, 60_000);
afterAll(async () => {
  await running.stop();
  await client.close();
  await registry.close();
  await ledger.remove();
}, 30_000);

/** The decision, or why there is none. */
const wordOf = ({ result }: DecideResult) => {
  if (result.$case === 'outcome') return result.value.decision;
  return result.$case === 'refusal' ? result.value.reason : result.$case;
};

const statusOf = async (path: string) => (await fetch(`${http}${path}`)).status;

describe('inventory', () => {
  it('decides purchases of many callers, and counts its decisions', async () => {
    const saleId = await ledger.sale({ total: 50 });
    const purchases = Array.from({ length: 200 }, () => purchase(saleId));
    const results = await Promise.all(purchases.map((purchase) => client.decide(purchase)));
    const reserved = results.filter((result) => wordOf(result) === 'reserved');
    expect(reserved).toHaveLength(50);
    expect(await client.getLedger(saleId)).toMatchObject({
      sale: { available: 0, reserved: 50, sold: 0 },
      counts: { reserved: { requests: 50, units: 50 }, sold_out: { requests: 150, units: 150 } },
    });
    const [first] = purchases;
    expect(await client.decide(first!)).toEqual(results[0]);
    expect(wordOf(await client.decide({ ...first!, quantity: 3 }))).toBe('mismatch');
  });

  it('refuses a bad purchase beside good ones, and one of a sale that does not exist', async () => {
    const saleId = await ledger.sale();
    const bad: Partial<Purchase>[] = [
      { requestId: 'x' },
      { userId: '' },
      { userId: 'a\0' },
      { acceptedAtMs: 0 },
      { quantity: 0 },
      { quantity: 1_001 },
    ];
    const results = await Promise.all(
      [{}, ...bad, { saleId: 'nowhere' }, {}].map((fields) => client.decide(purchase(saleId, fields))),
    );
    const told = results.map(wordOf);
    expect(told).toEqual(['reserved', ...bad.map(() => 'invalid'), 'unknown_sale', 'reserved']);
  });

  it('shows a request to its owner alone, and lets it lapse when its time is over', async () => {
    const saleId = await ledger.sale();
    const bought = purchase(saleId, { userId: 'ann' });
    await client.decide(bought);
    const ask = { requestId: bought.requestId, saleId, userId: 'ann', decideByMs: 0, quantity: 0 };
    expect(await client.getPurchase(ask)).toMatchObject({ outcome: { decision: 'reserved' } });
    expect(await client.getPurchase({ ...ask, requestId: ask.requestId.toUpperCase() })).toBeDefined();
    expect(await client.getPurchase({ ...ask, userId: 'bob' })).toBeUndefined();
    expect(await client.getPurchase({ ...ask, saleId: await ledger.sale() })).toBeUndefined();

    const unseen = { ...ask, requestId: randomUUID() };
    const now = Date.now();
    expect(await client.getPurchase(unseen)).toBeUndefined();
    expect(await client.getPurchase({ ...unseen, decideByMs: now + 60_000 })).toEqual({ outcome: undefined });
    const lapsed = await client.getPurchase({ ...unseen, decideByMs: now - 5_000, quantity: 2 });
    expect(lapsed).toMatchObject({ outcome: { decision: 'lapsed', quantity: 2 } });
    const late = purchase(saleId, { requestId: unseen.requestId, userId: 'ann', quantity: 2 });
    expect((await client.decide(late)).result).toEqual({ $case: 'outcome', value: lapsed?.outcome });
    expect(await client.listPurchases(saleId, 'ann')).toMatchObject([
      { decision: 'lapsed' },
      { decision: 'reserved' },
    ]);
  });

  it('gives a reason for programs when a sale cannot be changed', async () => {
    const saleId = randomUUID();
    const opensAt = Date.now() - 1_000;
    const terms = { title: 't', total: 5, perUserLimit: 2, opensAt, closesAt: opensAt + 60_000 };
    const refusalOf = async (change: object) => {
      const error = await client.putSale({ saleId, terms, ...change }).catch((error: unknown) => error);
      return error instanceof SaleChangeRefusedError ? error.reason : error;
    };
    expect(await refusalOf({ mustExist: true })).toBe('sale-missing');
    expect(await refusalOf({})).toMatchObject({ created: true, sale: { version: 1 } });
    expect(await refusalOf({ mustNotExist: true })).toBe('sale-exists');
    expect(await refusalOf({ ifMatch: [9] })).toBe('version-mismatch');
    expect(await refusalOf({ terms: { ...terms, perUserLimit: 1 } })).toBe('limit-lowered');
    expect(await refusalOf({ terms: { ...terms, opensAt: opensAt - 1 } })).toBe('opens-at-frozen');
    await client.decide(purchase(saleId, { quantity: 2 }));
    expect(await refusalOf({ terms: { ...terms, total: 1 } })).toBe('total-below-sold');
    expect(await refusalOf({ terms: { ...terms, title: '' } })).toMatchObject({ field: 'terms.title' });
    expect(await refusalOf({ terms: { ...terms, closesAt: opensAt } })).toMatchObject({
      field: 'terms.closes_at_ms',
    });
    expect((await client.getSale(saleId))?.sale).toMatchObject({ available: 3, reserved: 2, version: 1 });
    expect(await client.getSale('nowhere')).toBeUndefined();
  });

  it('counts for operators what it decides', async () => {
    const metrics = await (await fetch(`${http}/metrics`)).text();
    expect(metrics).toMatch(/inventory_decided_requests_total\{decision="reserved"\} \d+/);
    expect(metrics).toMatch(/inventory_batch_size_count \d+/);
    expect(metrics).toMatch(/inventory_transaction_seconds_sum [\d.]+/);
    expect(metrics).toMatch(/inventory_refused_rows_total\{reason="unknown_sale"\} 1/);
    expect(metrics).toContain('app_dependency_up{dependency="database"} 1');
  });

  // Four operators who reloaded a slow page took all read connections, and the database was reported as unavailable.
  it('reads sales, and is ready, while counts of ledgers take their time', async () => {
    const saleId = await ledger.sale();
    const outside = await ledger.outside.connect();
    await outside.query('BEGIN; LOCK TABLE outcome IN ACCESS EXCLUSIVE MODE');
    let ended = 0;
    const counts = Array.from({ length: 6 }, () =>
      client.getLedger(saleId).then(
        () => ended++,
        () => ended++,
      ),
    );
    try {
      await until(async () => {
        const { rows } = await ledger.outside.query(
          `SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock'`,
        );
        return rows.length >= 2;
      });
      expect(await client.getSale(saleId)).toMatchObject({ sale: { saleId } });
      expect(await statusOf('/health/ready')).toBe(200);
      expect(ended).toBe(0);
    } finally {
      await outside.query('ROLLBACK');
      outside.release();
      await Promise.all(counts);
    }
  }, 60_000);

  it('survives an outage of the database without a restart', async () => {
    const bought = purchase(await ledger.sale());
    expect(await statusOf('/health/ready')).toBe(200);
    await ledger.kill();
    await expect(client.decide(bought)).rejects.toMatchObject({ name: 'InventoryUnavailableError' });
    await until(async () => (await statusOf('/health/ready')) === 503);
    expect(await statusOf('/health/live')).toBe(200);
    await ledger.restart();
    await until(async () => (await statusOf('/health/ready')) === 200);
    expect(wordOf(await client.decide(bought))).toBe('reserved');
  }, 40_000);

  it('loses nothing in flight when it stops, and another instance continues', async () => {
    const saleIds = await Promise.all(Array.from({ length: 4 }, () => ledger.sale({ total: 10_000 })));
    const other = await start();
    await until(() => registry.list('inventory').length === 2);
    const enough = new AbortController();
    let decided = 0;
    const buyers = saleIds.map(async (saleId) => {
      while (!enough.signal.aborted) {
        if (wordOf(await client.decide(purchase(saleId))) === 'reserved') decided++;
      }
    });
    try {
      await until(() => decided > 50);
      await running.stop();
      // Whatever becomes of this test, what still runs is ended after it.
      ({ running, http } = other);
      await until(() => registry.list('inventory').length === 1);
      const before = decided;
      await until(() => decided > before + 50);
    } finally {
      enough.abort();
    }
    await Promise.all(buyers);
    const books = await Promise.all(saleIds.map((saleId) => ledger.books(saleId)));
    expect(books.reduce((sum, { granted }) => sum + granted, 0)).toBe(decided);
  }, 40_000);
});
