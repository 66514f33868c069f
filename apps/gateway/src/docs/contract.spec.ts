import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { gatewayClient } from '@seckill/gateway-client';
import { Contract } from '../testing/contract.js';
import { CLOSES_AT, OPENS_AT, START, startTestGateway, tokenFor } from '../testing/test-gateway.js';
import type { TestGateway } from '../testing/test-gateway.js';
import { gatewayDocument } from './gateway-document.js';

const terms = {
  title: 'Sneakers',
  total: 5,
  perUserLimit: 2,
  opensAt: new Date(OPENS_AT).toISOString(),
  closesAt: new Date(CLOSES_AT).toISOString(),
};
const requestId = '01919f3c-7b1e-7c51-8a53-3f0c5d2e9b41';
const tooLong = 'x'.repeat(2_000);

describe('what the gateway answers', () => {
  let gateway: TestGateway;
  let contract: Contract;

  /** The generated client; every answer that it gets is compared with the document. */
  const as = (user: string, scope?: string) =>
    gatewayClient({
      baseUrl: gateway.url,
      token: tokenFor(user, scope ? { scope } : {}),
      fetch: contract.fetch,
    });
  const admin = () => as('admin', 'sales:admin');
  const nobody = () => gatewayClient({ baseUrl: gateway.url, fetch: contract.fetch });
  const buy = (saleId: string, quantity = 1, key?: string, user = 'alice', headers: object = {}) =>
    as(user).POST('/v1/sales/{saleId}/purchases', {
      params: { path: { saleId }, header: { ...(key && { 'Idempotency-Key': key }), ...headers } },
      body: { quantity },
    });
  const list = (saleId: string, client = as('alice')) =>
    client.GET('/v1/sales/{saleId}/purchases', { params: { path: { saleId } } });
  const read = (saleId: string, id = requestId, client = as('alice')) =>
    client.GET('/v1/sales/{saleId}/purchases/{requestId}', { params: { path: { saleId, requestId: id } } });
  const sale = (saleId: string) => nobody().GET('/v1/sales/{saleId}', { params: { path: { saleId } } });
  const put = (saleId: string, change: object = {}, header: object = {}, client = admin()) =>
    client.PUT('/v1/admin/sales/{saleId}', {
      params: { path: { saleId }, header },
      body: { ...terms, ...change },
    });
  const books = (saleId: string, client = admin()) =>
    client.GET('/v1/admin/sales/{saleId}', { params: { path: { saleId } } });
  const gateways = (client = admin()) => client.GET('/v1/admin/gateways');
  const problem = (type: string) => nobody().GET('/problems/{type}', { params: { path: { type } } });
  const everything = () => [
    buy('open', 1, 'again'),
    list('open'),
    read('open'),
    sale('fresh'),
    put('open'),
    books('open'),
    gateways(),
  ];
  const statuses = async (calls: Promise<{ response: Response }>[]) =>
    (await Promise.all(calls)).map(({ response }) => response.status);

  beforeAll(async () => {
    gateway = await startTestGateway();
    contract = new Contract(await gatewayDocument());
    await gateway.registry.register({
      id: 'gateway-1',
      role: 'gateway',
      address: '127.0.0.1:4000',
      startedAt: START,
    });
  });
  afterEach(() => {
    gateway.queue.mood = 'decides';
    gateway.shop.reachable = true;
  });
  afterAll(() => gateway.stop());

  it('is described with examples that are right themselves', () => {
    expect(contract.wrongExamples()).toEqual([]);
  });

  it('is as described when a sale is put', async () => {
    expect(await statuses([put('open')])).toEqual([201]);
    expect(await statuses([put('open', { total: 6 })])).toEqual([200]);
    expect((await put('open', { perUserLimit: 1 })).error?.type).toBe('/problems/limit-lowered');
    expect((await put('open', { opensAt: '2026-01-01T00:00:00Z' })).error?.type).toBe(
      '/problems/opens-at-frozen',
    );
    expect(await statuses([put('open', {}, { 'If-Match': '"7"' })])).toEqual([412]);
    expect(await statuses([put('open', {}, { 'If-None-Match': '*' })])).toEqual([412]);
    expect(await statuses([put('open', { total: 0 }), put('open', { title: tooLong.repeat(3) })])).toEqual([
      400, 413,
    ]);
    expect(await statuses([put('open', {}, { 'content-type': 'text/plain' })])).toEqual([415]);
    expect(await statuses([put('open', {}, {}, as('alice')), put('open', {}, {}, nobody())])).toEqual([
      403, 401,
    ]);
  });

  it('is as described for each way in which a purchase ends', async () => {
    const first = await buy('open', 2, 'first', 'alice', { Prefer: 'wait=1' });
    expect([first.response.status, first.data?.status]).toEqual([201, 'reserved']);
    expect((await buy('open', 1, 'second')).error?.type).toBe('/problems/limit-reached');
    expect((await buy('open', 1, 'first')).error?.type).toBe('/problems/idempotency-key-reused');
    await buy('open', 2, 'first', 'bob');
    await buy('open', 1, 'first', 'carol');
    expect((await buy('open', 2, 'all', 'dora')).error?.type).toBe('/problems/sold-out');
    expect((await put('open', { total: 4 })).error?.type).toBe('/problems/total-too-low');
    await put('later', { opensAt: new Date(START + 60_000).toISOString() });
    expect((await buy('later')).error?.type).toBe('/problems/not-started');
    await put('over', {
      opensAt: '2026-01-01T00:00:00Z',
      closesAt: '2026-01-02T00:00:00Z',
    });
    expect((await buy('over')).error?.type).toBe('/problems/ended');
    gateway.queue.mood = 'holds';
    const pending = await buy('open', 1, 'held', 'alice', { Prefer: 'respond-async' });
    expect([pending.response.status, pending.data?.status]).toEqual([202, 'pending']);
    const location = pending.response.headers.get('location') ?? '';
    const asked = new Request(gateway.url + location, {
      headers: { authorization: `Bearer ${tokenFor('alice')}` },
    });
    expect(await (await contract.fetch(asked.clone())).json()).toMatchObject({ status: 'pending' });
    await gateway.clock.advance(61_000);
    expect(await (await contract.fetch(asked)).json()).toMatchObject({ status: 'lapsed' });
    gateway.queue.mood = 'decides';
    expect((await buy('open', 1, 'held')).error?.type).toBe('/problems/lapsed');
    gateway.queue.mood = 'is down';
    expect(await statuses([buy('open', 1, 'down')])).toEqual([503]);
  });

  it('is as described for what is asked afterwards', async () => {
    expect(await statuses([list('open'), list('unknown'), list('BAD'), list('open', nobody())])).toEqual([
      200, 404, 400, 401,
    ]);
    expect(await statuses([read('open'), read('open', 'x'), read('open', requestId, nobody())])).toEqual([
      404, 400, 401,
    ]);
    expect(await statuses([sale('open'), sale('unknown'), sale('BAD')])).toEqual([200, 404, 400]);
    expect(
      await statuses([books('open'), books('unknown'), books('BAD'), books('open', as('alice'))]),
    ).toEqual([200, 404, 400, 403]);
    expect(await statuses([books('open', nobody())])).toEqual([401]);
    expect(await statuses([gateways(), gateways(as('alice')), gateways(nobody())])).toEqual([200, 403, 401]);
  });

  it('is as described for requests that are wrong', async () => {
    expect(await statuses([buy('open', 0), buy('unknown'), buy('BAD')])).toEqual([400, 404, 400]);
    const post = (headers: Record<string, string>, body: string) =>
      contract.fetch(
        new Request(`${gateway.url}/v1/sales/open/purchases`, { method: 'POST', headers, body }),
      );
    const authorization = `Bearer ${tokenFor('alice')}`;
    const json = 'application/json';
    expect((await post({ 'content-type': json }, '{"quantity":1}')).status).toBe(401);
    expect((await post({ authorization, 'content-type': 'text/plain' }, 'one')).status).toBe(415);
    expect((await post({ authorization, 'content-type': json }, `{"x":"${tooLong.repeat(3)}"}`)).status).toBe(
      413,
    );
    const long = [buy(tooLong), list(tooLong), read(tooLong), sale(tooLong), put(tooLong), books(tooLong)];
    expect(await statuses([...long, problem(tooLong)])).toEqual(Array(7).fill(414));
  });

  it('is as described for problems, health and metrics', async () => {
    expect(await statuses([problem('ended'), problem('unknown')])).toEqual([200, 404]);
    expect((await contract.fetch(new Request(`${gateway.url}/problems/%zz`))).status).toBe(400);
    const client = nobody();
    expect(await statuses([client.GET('/problems'), client.GET('/health/live')])).toEqual([200, 200]);
    expect((await client.GET('/metrics', { parseAs: 'text' })).data).toMatch(/^# HELP/m);
    expect(await statuses([client.GET('/health/ready')])).toEqual([200]);
    let missing: string | undefined = 'it is away';
    gateway.readiness.add('database', () => missing);
    expect((await client.GET('/health/ready')).error).toEqual({
      status: 'not ready',
      dependencies: { database: 'it is away' },
      missing: { database: 'it is away' },
    });
    missing = undefined;
  });

  it('is described for whatever buyers and administrators may think of', async () => {
    const anything = fc.oneof(
      fc.jsonValue(),
      fc.record({ quantity: fc.oneof(fc.integer(), fc.jsonValue()) }),
    );
    const header = fc.string({ unit: 'binary-ascii' }).map((text) => text.replace(/[^\x20-\x7e]/g, ''));
    const headers = fc.record(
      { 'idempotency-key': header, prefer: header, 'if-match': header, 'if-none-match': header },
      { requiredKeys: [] },
    );
    const id = fc.oneof(
      fc.constant('open'),
      fc.string({ minLength: 1, unit: 'grapheme' }).map((text) => encodeURIComponent(text)),
    );
    const query = fc.dictionary(fc.constantFrom('until', 'quantity', 'signature', 'x'), fc.string());
    const authorization = `Bearer ${tokenFor('zoe', { scope: 'sales:admin' })}`;
    const route = fc.constantFrom(
      (a: string) => ['POST', `/v1/sales/${a}/purchases`] as const,
      (a: string) => ['GET', `/v1/sales/${a}/purchases`] as const,
      (a: string, b: string) => ['GET', `/v1/sales/${a}/purchases/${b}`] as const,
      (a: string) => ['GET', `/v1/sales/${a}`] as const,
      (a: string) => ['PUT', `/v1/admin/sales/${a}`] as const,
      (a: string) => ['GET', `/v1/admin/sales/${a}`] as const,
      (a: string) => ['GET', `/problems/${a}`] as const,
    );
    const property = fc.asyncProperty(
      route,
      id,
      id,
      query,
      headers,
      anything,
      async (to, a, b, q, more, body) => {
        const [method, path] = to(a, b);
        const url = `${gateway.url}${path}?${new URLSearchParams(q).toString()}`;
        // What URL makes of dots leads elsewhere.
        fc.pre(new URL(url).pathname === path);
        const init: RequestInit = { method, headers: { ...more, authorization } };
        if (method !== 'GET') {
          init.body = JSON.stringify(body);
          init.headers = { ...more, authorization, 'content-type': 'application/json' };
        }
        const { status } = await contract.fetch(new Request(url, init));
        expect(status).toBeLessThan(500);
      },
    );
    await fc.assert(property, { numRuns: 200 });
  }, 120_000);

  it('is as described when the ledger is away, when something breaks, and on the way out', async () => {
    await gateway.clock.advance(10_000);
    gateway.shop.reachable = false;
    expect(await statuses([list('open'), read('open'), put('open'), books('open')])).toEqual([
      503, 503, 503, 503,
    ]);
    gateway.shop.reachable = true;
    await put('fresh');
    gateway.queue.mood = 'breaks';
    const broken = () => {
      throw new Error('secret internals');
    };
    Object.assign(gateway.shop, { getPurchase: broken, listPurchases: broken, getSale: broken });
    Object.assign(gateway.shop, { putSale: broken, getLedger: broken });
    Object.assign(gateway.registry, { list: broken });
    await gateway.clock.advance(10_000);
    expect(await statuses(everything())).toEqual(Array(7).fill(500));
    gateway.admission.close();
    const shut = [...everything(), nobody().GET('/problems'), problem('ended')];
    expect(await statuses(shut)).toEqual(Array(9).fill(503));
  });

  it('has been seen in every way that is described', () => {
    expect(contract.unseen).toEqual([]);
  });
});
