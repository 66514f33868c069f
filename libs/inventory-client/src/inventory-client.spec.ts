import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { status } from '@grpc/grpc-js';
import { CorrectedClock, until } from '@seckill/clock';
import { examplePurchase as purchase, PurchaseProtocolError } from '@seckill/purchase';
import { MemoryRegistry } from '@seckill/registry';
import {
  InvalidInventoryRequestError,
  InventoryProtocolError,
  InventoryUnavailableError,
  SaleChangeRefusedError,
} from './errors.js';
import { InventoryClient } from './inventory-client.js';
import { FakeInventory } from './testing/fake-inventory.js';
import type { InventoryClientOptions } from './settings.js';
import type { SaleChange } from './types.js';

let registry: MemoryRegistry;
let inventory: FakeInventory;
const fakes: FakeInventory[] = [];
const clients: InventoryClient[] = [];

beforeEach(async () => {
  registry = new MemoryRegistry();
  inventory = await another();
});
afterEach(async () => {
  for (const fake of fakes.splice(0)) fake.crash();
  await Promise.all(clients.splice(0).map((client) => client.close()));
  await registry.close();
});

async function another(): Promise<FakeInventory> {
  const fake = await FakeInventory.start();
  fakes.push(fake);
  await fake.register(registry);
  await until(() => registry.list('inventory').some(({ id }) => id === fake.id));
  return fake;
}

function connect(options: Partial<InventoryClientOptions> = {}): InventoryClient {
  const client = new InventoryClient({ registry, ...options });
  clients.push(client);
  return client;
}

const terms = { title: 't', total: 10, perUserLimit: 2, opensAt: 1, closesAt: 2 };
const change: SaleChange = { saleId: 'sale', terms };

describe('deciding', () => {
  it('returns what inventory says of each purchase', async () => {
    const bought = purchase();
    const client = connect();
    const decide = async (userId: string) => (await client.decide({ ...bought, userId })).result;
    const { requestId, saleId, quantity } = bought;
    expect(await decide('user')).toMatchObject({
      $case: 'outcome',
      value: { requestId, saleId, userId: 'user', quantity, decision: 'reserved' },
    });
    expect(await decide('mismatch')).toEqual({ $case: 'mismatch', value: {} });
    const refusal = (reason: string) => ({ $case: 'refusal', value: { reason, message: 'because' } });
    expect(await decide('unknown sale')).toEqual(refusal('unknown_sale'));
    expect(await decide('invalid')).toEqual(refusal('invalid'));
    for (const user of ['nothing', 'later version'])
      await expect(decide(user)).rejects.toBeInstanceOf(PurchaseProtocolError);
  });

  it('hands purchases and outcomes through as they are, with every field', async () => {
    const bought = purchase();
    const { result } = await connect().decide(bought);
    expect(inventory.purchases).toEqual([bought]);
    expect(result).toEqual({ $case: 'outcome', value: inventory.outcomes[0] });
  });

  it('gathers what comes while its calls are in flight', async () => {
    const client = connect({ maxInFlight: 1 });
    let open = () => {};
    inventory.gate = new Promise<void>((resolve) => (open = resolve));
    const first = client.decide(purchase());
    await until(() => inventory.batches.length === 1);
    // The very same object many times is many purchases all the same.
    const same = purchase();
    const rest = Array.from({ length: 50 }, (_, i) => client.decide(i % 2 ? same : purchase()));
    open();
    await Promise.all([first, ...rest]);
    expect(inventory.batches).toEqual([1, 50]);
  });

  it('sends all of a sale to one instance, and many sales to all', async () => {
    const second = await another();
    const client = connect();
    await Promise.all(Array.from({ length: 40 }, () => client.decide(purchase())));
    expect([inventory.batches, second.batches].filter((batches) => batches.length > 0)).toHaveLength(1);
    await Promise.all(Array.from({ length: 40 }, (_, i) => client.decide(purchase({ saleId: `sale-${i}` }))));
    expect([inventory.batches, second.batches].filter((batches) => batches.length > 0)).toHaveLength(2);
  });
});

describe('when inventory does not answer', () => {
  it.each([
    status.UNAVAILABLE,
    status.DEADLINE_EXCEEDED,
    status.CANCELLED,
    status.UNIMPLEMENTED,
    status.PERMISSION_DENIED,
  ])('says that nothing is known (status %i)', async (code) => {
    inventory.failures.push({ code });
    const error = await connect()
      .decide(purchase())
      .catch((error: unknown) => error);
    expect(error).toBeInstanceOf(InventoryUnavailableError);
    expect(error).toMatchObject({ retryable: true });
  });

  it('says so of an instance that finds no purchases in a call', async () => {
    inventory.findsNone = true;
    await expect(connect().decide(purchase())).rejects.toBeInstanceOf(InventoryUnavailableError);
  });

  it('says so after the deadline', async () => {
    inventory.gate = new Promise(() => {});
    const client = connect({ decideTimeoutMs: 50, readTimeoutMs: 50 });
    await expect(client.decide(purchase())).rejects.toBeInstanceOf(InventoryUnavailableError);
    await expect(client.getSale('sale')).rejects.toBeInstanceOf(InventoryUnavailableError);
  });

  it('says so when no instance is known', async () => {
    await inventory.lease?.release();
    await until(() => registry.list('inventory').length === 0);
    await expect(connect().decide(purchase())).rejects.toThrow('no instance is registered');
  });

  it('says so when too many wait already', async () => {
    inventory.gate = new Promise(() => {});
    const client = connect({ maxInFlight: 1, maxBatchSize: 1, maxWaiting: 1, decideTimeoutMs: 1_000 });
    const decided = await Promise.allSettled(
      [purchase(), purchase(), purchase()].map((p) => client.decide(p)),
    );
    expect(decided.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
    expect(inventory.batches).toHaveLength(1);
  });

  it('asks another instance once, if the first cannot be reached', async () => {
    const second = await another();
    const client = connect();
    inventory.crash();
    const saleIds = Array.from({ length: 20 }, (_, i) => `sale-${i}`);
    const decided = await Promise.all(saleIds.map((saleId) => client.decide(purchase({ saleId }))));
    expect(decided.map(({ result }) => result.$case)).toEqual(saleIds.map(() => 'outcome'));
    for (const saleId of saleIds) expect(await client.getSale(saleId)).toBeDefined();
    second.crash();
    await expect(client.getSale('sale')).rejects.toBeInstanceOf(InventoryUnavailableError);
  });

  it('changes a sale only once: a condition may fail because the first attempt succeeded', async () => {
    const second = await another();
    const client = connect();
    for (const fake of [inventory, second]) fake.failures.push({ code: status.UNAVAILABLE });
    await expect(client.putSale(change)).rejects.toBeInstanceOf(InventoryUnavailableError);
    expect([...inventory.calls, ...second.calls]).toEqual(['putSale']);
  });
});

describe('when instances come and go', () => {
  it('leaves one that drains for one that is ready, and uses it while it is the only one', async () => {
    const client = connect();
    await inventory.lease?.drain();
    await until(() => registry.list('inventory')[0]?.state === 'draining');
    await client.decide(purchase());
    expect(inventory.batches).toEqual([1]);
    const second = await another();
    await client.decide(purchase());
    expect([inventory.batches, second.batches]).toEqual([[1], [1]]);
  });

  it('takes what still waited for one that has left to another', async () => {
    const client = connect({ maxInFlight: 1, maxBatchSize: 1 });
    let open = () => {};
    inventory.gate = new Promise<void>((resolve) => (open = resolve));
    const inTheAir = client.decide(purchase());
    await until(() => inventory.batches.length === 1);
    const waiting = client.decide(purchase());
    const second = await another();
    await inventory.lease?.release();
    expect(await waiting).toMatchObject({ result: { $case: 'outcome' } });
    open();
    expect(await inTheAir).toMatchObject({ result: { $case: 'outcome' } });
    expect([inventory.batches, second.batches]).toEqual([[1], [1]]);
  });

  it('lets calls in flight end when it is closed, and refuses what comes later', async () => {
    const client = connect();
    let open = () => {};
    inventory.gate = new Promise<void>((resolve) => (open = resolve));
    const inTheAir = client.decide(purchase());
    await until(() => inventory.batches.length === 1);
    const closed = client.close();
    open();
    expect(await inTheAir).toMatchObject({ result: { $case: 'outcome' } });
    await closed;
    await expect(client.decide(purchase())).rejects.toBeInstanceOf(InventoryUnavailableError);
  });
});

describe('reading', () => {
  it('distinguishes an outcome, pending and unknown', async () => {
    const client = connect();
    const query = { requestId: 'r', saleId: 'sale', userId: 'user', decideByMs: 0, quantity: 0 };
    expect(await client.getPurchase(query)).toMatchObject({ outcome: { decision: 'reserved' } });
    expect(await client.getPurchase({ ...query, decideByMs: 9, quantity: 1 })).toEqual({
      outcome: undefined,
    });
    inventory.failures.push({ code: status.NOT_FOUND, reason: 'unknown-purchase' });
    expect(await client.getPurchase(query)).toBeUndefined();
  });

  it('reads purchases, sales and ledgers', async () => {
    const client = connect();
    expect(await client.listPurchases('sale', 'user', 7)).toMatchObject([{ quantity: 7 }]);
    const sale = { saleId: 'sale', terms, available: 6, reserved: 3, sold: 1, version: 7 };
    expect(await client.getSale('sale')).toEqual({ sale, readAt: 123 });
    expect(await client.getLedger('sale')).toEqual({ sale, counts: { sold_out: { requests: 5, units: 9 } } });
    expect(await client.getSale('unknown')).toBeUndefined();
    inventory.failures.push({ code: status.NOT_FOUND, reason: 'unknown-sale' });
    expect(await client.getLedger('sale')).toBeUndefined();
  });

  it('reads sales that are asked for together in one call, and gives each caller its own', async () => {
    const asked = ['b', 'unknown', 'a', 'b'];
    const client = connect();
    const readings = await Promise.all(asked.map((saleId) => client.getSale(saleId)));
    expect(readings.map((reading) => reading?.sale.saleId)).toEqual(['b', undefined, 'a', 'b']);
    expect(inventory.saleBatches).toEqual([4]);
  });
});

describe('changing a sale', () => {
  it('returns the sale as it stands now', async () => {
    const sale = { saleId: 'sale', terms, available: 10, reserved: 0, sold: 0, version: 1 };
    expect(await connect().putSale(change)).toEqual({ sale, created: true });
  });

  it('distinguishes a rule of the sale and a condition of the caller', async () => {
    const client = connect();
    inventory.failures.push({ code: status.ABORTED, reason: 'total-below-sold', details: 'sold 5' });
    const rule = (await client.putSale(change).catch((error: unknown) => error)) as SaleChangeRefusedError;
    expect(rule).toBeInstanceOf(SaleChangeRefusedError);
    expect(rule).toMatchObject({ reason: 'total-below-sold', isPrecondition: false, message: 'sold 5' });
    inventory.failures.push({ code: status.FAILED_PRECONDITION, reason: 'version-mismatch' });
    const condition = await client.putSale(change).catch((error: unknown) => error);
    expect(condition).toMatchObject({ reason: 'version-mismatch', isPrecondition: true });
  });

  it('names the field that is wrong', async () => {
    inventory.failures.push({ code: status.INVALID_ARGUMENT, field: 'terms.title', details: 'empty' });
    const error = await connect()
      .putSale(change)
      .catch((error: unknown) => error);
    expect(error).toBeInstanceOf(InvalidInventoryRequestError);
    expect(error).toMatchObject({ field: 'terms.title', message: 'empty' });
  });

  it('takes a reason that it does not know for a defect, not for an outage', async () => {
    const client = connect();
    for (const failure of [
      { code: status.ABORTED, reason: 'full-moon' },
      { code: status.ABORTED },
      { code: status.INTERNAL },
    ]) {
      inventory.failures.push(failure);
      await expect(client.putSale(change)).rejects.toBeInstanceOf(InventoryProtocolError);
    }
  });
});

describe("the ledger's clock", () => {
  const hour = 3_600_000;
  const wrong = () => new CorrectedClock(undefined, () => Date.now() - hour);

  it.each(['getSale', 'putSale'] as const)('is known after %s', async (method) => {
    const ledgerClock = wrong();
    const client = connect({ ledgerClock });
    inventory.now = Date.now() + hour;
    await (method === 'getSale' ? client.getSale('sale') : client.putSale(change));
    expect(Math.abs(ledgerClock.now() - Date.now() - hour)).toBeLessThan(5_000);
  });

  it('is not taken from an inventory that tells no time', async () => {
    const ledgerClock = wrong();
    inventory.now = 0;
    await connect({ ledgerClock }).getSale('sale');
    expect(ledgerClock.corrected).toBe(false);
  });
});
