import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { OPENS_AT, startTestGateway, START, type Ask, type TestGateway } from '../testing/test-gateway.js';

const terms = {
  title: 'Midnight sneakers',
  total: 10,
  perUserLimit: 2,
  opensAt: '2026-11-11T00:00:00Z',
  closesAt: '2026-11-11T02:00:00+01:00',
};

describe('sales', () => {
  let gateway: TestGateway;
  let sales = 0;
  let sale: string;

  beforeAll(async () => {
    gateway = await startTestGateway();
  });
  afterAll(() => gateway.stop());
  beforeEach(() => {
    gateway.shop.reachable = true;
    sale = `sale-${++sales}`;
  });

  const put = (body: unknown, headers: Record<string, string> = {}, more: Ask = {}) =>
    gateway.ask(`/v1/admin/sales/${sale}`, { method: 'PUT', scope: 'x sales:admin', body, headers, ...more });
  const ledger = (more: Ask = {}) =>
    gateway.ask(`/v1/admin/sales/${sale}`, { scope: 'sales:admin', ...more });

  it('are created with 201, changed with 200, and repeated without a change', async () => {
    const created = await put(terms);
    expect([created.status, created.headers.get('etag')]).toEqual([201, '"1"']);
    expect(created.body).toEqual({
      saleId: sale,
      title: 'Midnight sneakers',
      total: 10,
      available: 10,
      reserved: 0,
      sold: 0,
      perUserLimit: 2,
      opensAt: '2026-11-11T00:00:00.000Z',
      closesAt: '2026-11-11T01:00:00.000Z',
      version: 1,
    });
    const repeated = await put(terms);
    expect([repeated.status, repeated.headers.get('etag')]).toEqual([200, '"1"']);
    const changed = await put({ ...terms, total: 20 });
    expect([changed.status, changed.headers.get('etag'), changed.body.available]).toEqual([200, '"2"', 20]);
  });

  it('are public, and show a change through the same gateway at once', async () => {
    await put(terms);
    const { status, headers, body } = await gateway.ask(`/v1/sales/${sale}`, { user: null });
    expect(status).toBe(200);
    expect(headers.get('cache-control')).toBe('public, max-age=1');
    expect(body).toEqual({
      saleId: sale,
      title: 'Midnight sneakers',
      total: 10,
      available: 10,
      perUserLimit: 2,
      opensAt: '2026-11-11T00:00:00.000Z',
      closesAt: '2026-11-11T01:00:00.000Z',
    });
    await put({ ...terms, title: 'Sneakers' });
    expect((await gateway.ask(`/v1/sales/${sale}`)).body.title).toBe('Sneakers');
  });

  it('show a stock that is at most a second old, or nothing', async () => {
    await put(terms);
    await gateway.buy(sale);
    await gateway.clock.advance(1_000);
    expect((await gateway.ask(`/v1/sales/${sale}`)).body.available).toBe(9);
    const reads = gateway.shop.saleReads;
    await gateway.ask(`/v1/sales/${sale}`);
    expect(gateway.shop.saleReads).toBe(reads);
    gateway.shop.reachable = false;
    await gateway.clock.advance(1_000);
    const { status, headers } = await gateway.ask(`/v1/sales/${sale}`);
    expect([status, headers.get('retry-after'), headers.get('cache-control')]).toEqual([
      503,
      '1',
      'no-store',
    ]);
  });

  it('are not found, or refused by their id', async () => {
    expect((await gateway.ask('/v1/sales/no-such-sale')).status).toBe(404);
    expect((await gateway.ask('/v1/sales/No')).status).toBe(400);
    expect((await ledger()).status).toBe(404);
  });

  it('have books that count every decision', async () => {
    await put(terms);
    await gateway.buy(sale, { body: { quantity: 2 } });
    await gateway.buy(sale);
    const { status, headers, body } = await ledger();
    expect([status, headers.get('etag')]).toEqual([200, '"1"']);
    expect(body).toMatchObject({ total: 10, available: 8, reserved: 2, sold: 0 });
    expect(body.requests).toEqual({
      reserved: 1,
      limit_reached: 1,
      sold_out: 0,
      not_started: 0,
      ended: 0,
      lapsed: 0,
    });
  });

  it('are changed only if they are what If-Match and If-None-Match say', async () => {
    const status = async (headers: Record<string, string>, total: number) =>
      (await put({ ...terms, total }, headers)).status;
    expect(await status({ 'If-Match': '*' }, 1)).toBe(412);
    expect(await status({ 'If-None-Match': '*' }, 11)).toBe(201);
    expect(await status({ 'If-None-Match': '*' }, 12)).toBe(412);
    expect(await status({ 'If-Match': '"1"' }, 13)).toBe(200);
    expect(await status({ 'If-Match': '"1"' }, 14)).toBe(412);
    expect(await status({ 'If-Match': '"1", "2"' }, 15)).toBe(200);
    expect(await status({ 'If-Match': '*' }, 16)).toBe(200);
    expect(await status({ 'If-Match': 'W/"4"' }, 17)).toBe(412);
    expect(await status({ 'If-Match': '"never"' }, 18)).toBe(412);
    expect(await status({ 'If-Match': '4' }, 19)).toBe(400);
    expect((await ledger()).body).toMatchObject({ total: 16, version: 4 });
  });

  it('are not changed against the rules of an open sale', async () => {
    expect(Date.parse(terms.opensAt)).toBeLessThan(START);
    await put(terms);
    await gateway.buy(sale, { body: { quantity: 2 } });
    const refused = async (change: object) => {
      const { status, body } = await put({ ...terms, ...change });
      expect([status, body.status]).toEqual([409, 409]);
      return body.type;
    };
    expect(await refused({ total: 1 })).toBe('/problems/total-too-low');
    expect(await refused({ opensAt: new Date(OPENS_AT + 1).toISOString() })).toBe(
      '/problems/opens-at-frozen',
    );
    expect(await refused({ perUserLimit: 1 })).toBe('/problems/limit-lowered');
  });

  it.each([
    [{ total: 0 }, ['total']],
    [{ total: -1, perUserLimit: -1 }, ['total', 'perUserLimit']],
    [{ total: 1.5 }, ['total']],
    [{ total: '10' }, ['total']],
    [{ total: 2_147_483_648 }, ['total']],
    [{ perUserLimit: 0 }, ['perUserLimit']],
    [{ title: '' }, ['title']],
    [{ title: 'x'.repeat(201) }, ['title']],
    [{ title: undefined }, ['title']],
    [{ opensAt: -1 }, ['opensAt']],
    [{ opensAt: '2026-11-11T00:00:00' }, ['opensAt']],
    [{ opensAt: '2026-11-11' }, ['opensAt']],
    [{ opensAt: '2026-02-30T00:00:00Z' }, ['opensAt']],
    [{ opensAt: '1969-12-31T23:59:59Z' }, ['opensAt']],
    [{ closesAt: 'soon' }, ['closesAt']],
    [{ closesAt: terms.opensAt }, ['closesAt']],
    [{ closesAt: '2026-11-10T23:59:59Z' }, ['closesAt']],
    [{ available: 7, sold: 1 }, ['available', 'sold']],
  ])('are refused with %j', async (change, fields) => {
    const { status, body } = await put({ ...terms, ...change });
    expect([status, body.type]).toEqual([400, '/problems/invalid-request']);
    expect(body.errors.map(({ field }: { field: string }) => field)).toEqual(fields);
    expect((await ledger()).status).toBe(404);
  });

  it.each(['', 'null', '7', '{'])('are refused with the body %j', async (body) => {
    const answer = await put(body, { 'content-type': 'application/json' });
    expect([answer.status, answer.body.errors[0].field]).toEqual([400, 'body']);
  });

  it('are run by those with the scope only', async () => {
    for (const ask of [(more: Ask) => put(terms, {}, more), ledger]) {
      expect((await ask({ user: null })).status).toBe(401);
      for (const scope of ['', 'sales', 'sales:administration', 'SALES:ADMIN']) {
        const { status, headers, body } = await ask({ scope });
        expect([status, body.type]).toEqual([403, '/problems/insufficient-scope']);
        expect(headers.get('www-authenticate')).toMatch('error="insufficient_scope", scope="sales:admin"');
      }
    }
  });

  it('answer 503 while inventory is away', async () => {
    gateway.shop.reachable = false;
    expect((await put(terms)).status).toBe(503);
    expect((await ledger()).status).toBe(503);
  });
});
