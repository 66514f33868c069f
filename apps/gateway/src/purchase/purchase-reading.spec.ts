import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { startTestGateway, type TestGateway } from '../testing/test-gateway.js';

describe('reading purchases', () => {
  let gateway: TestGateway;
  let sales = 0;
  let sale: string;

  beforeAll(async () => {
    gateway = await startTestGateway();
  });
  afterAll(() => gateway.stop());
  beforeEach(async () => {
    gateway.queue.mood = 'decides';
    gateway.shop.reachable = true;
    sale = `read-${++sales}`;
    await gateway.openSale(sale);
  });

  /** A request that is under way, and its Location. */
  async function pending(): Promise<string> {
    gateway.queue.mood = 'holds';
    const { headers } = await gateway.buy(sale, { headers: { Prefer: 'respond-async' } });
    return headers.get('location')!;
  }

  const expectNotFound = async (path: string, user: string) => {
    const { status, body } = await gateway.ask(path, { user });
    expect([status, body.type]).toEqual([404, '/problems/not-found']);
  };

  it('gives every decided request, refusals included, to its owner only', async () => {
    const first = await gateway.buy(sale, { body: { quantity: 2 } });
    const second = await gateway.buy(sale);
    const reserved = first.headers.get('location')!;
    const refused = second.body.instance;
    const { status, headers, body } = await gateway.ask(reserved);
    expect([status, body]).toEqual([200, first.body]);
    expect(headers.get('cache-control')).toBe('no-store');
    expect((await gateway.ask(refused)).body).toMatchObject({
      status: 'limit_reached',
      existingRequestId: first.body.requestId,
    });
    await expectNotFound(reserved, 'bob');
    await expectNotFound(reserved.replace(sale, 'other-sale'), 'alice');
  });

  it("says that a request is pending, to a caller with its Location and its owner's token", async () => {
    const location = await pending();
    const { status, headers, body } = await gateway.ask(location);
    expect([status, body.status, body.quantity]).toEqual([200, 'pending', 1]);
    expect(headers.get('retry-after')).toBe('1');
  });

  it('finds nothing for a Location of another user, a tampered one, or one without its query', async () => {
    const location = await pending();
    await expectNotFound(location, 'bob');
    await expectNotFound(location.replace('until=1', 'until=2'), 'alice');
    await expectNotFound(location.replace('quantity=1', 'quantity=2'), 'alice');
    await expectNotFound(
      location.replace(/.$/, (last) => (last === 'A' ? 'E' : 'A')),
      'alice',
    );
    await expectNotFound(location.replace(/&signature=.*/, ''), 'alice');
    await expectNotFound(location.replace(/\?.*/, ''), 'alice');
    await expectNotFound(location.replace(sale, 'other-sale'), 'alice');
    await expectNotFound(`${location}&until=1`, 'alice');
  });

  it('stores lapsed for the owner only', async () => {
    const location = await pending();
    await gateway.clock.advance(60_001);
    await expectNotFound(location, 'bob');
    gateway.queue.mood = 'decides';
    expect((await gateway.ask(location)).body.status).toBe('lapsed');
  });

  it('takes a request id in upper case for the same', async () => {
    const { body } = await gateway.buy(sale);
    const path = `/v1/sales/${sale}/purchases/${body.requestId.toUpperCase()}`;
    expect((await gateway.ask(path)).body).toEqual(body);
  });

  it('refuses with 400 what can be no request id or sale id, by its name', async () => {
    for (const [path, field] of [
      [`/v1/sales/${sale}/purchases/7`, 'requestId'],
      [`/v1/sales/Sale/purchases`, 'saleId'],
    ] as const) {
      const { status, body } = await gateway.ask(path);
      expect([status, body.errors[0].field]).toEqual([400, field]);
    }
  });

  it('lists the caller’s own requests, newest first', async () => {
    const first = await gateway.buy(sale);
    const second = await gateway.buy(sale);
    await gateway.buy(sale, { user: 'bob' });
    const { status, body } = await gateway.ask(`/v1/sales/${sale}/purchases`);
    expect([status, body]).toEqual([200, { purchases: [second.body, first.body] }]);
    expect((await gateway.ask(`/v1/sales/${sale}/purchases`, { user: 'carol' })).body).toEqual({
      purchases: [],
    });
    await expectNotFound('/v1/sales/no-such-sale/purchases', 'alice');
  });

  it('answers 401 without a token', async () => {
    for (const path of [`/v1/sales/${sale}/purchases`, await pending()]) {
      const { status, headers } = await gateway.ask(path, { user: null });
      expect([status, headers.get('www-authenticate')]).toEqual([401, 'Bearer realm="seckill"']);
    }
  });

  it('answers 503 while inventory is away', async () => {
    const location = await pending();
    await gateway.ask(`/v1/sales/${sale}`);
    gateway.shop.reachable = false;
    for (const path of [location, `/v1/sales/${sale}/purchases`]) {
      const { status, headers } = await gateway.ask(path);
      expect([status, headers.get('retry-after')]).toEqual([503, '1']);
    }
  });
});
