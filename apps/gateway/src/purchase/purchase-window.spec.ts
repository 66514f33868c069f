import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { until } from '@seckill/clock';
import { CLOSES_AT, OPENS_AT, startTestGateway, START, type TestGateway } from '../testing/test-gateway.js';

const iso = (ms: number) => new Date(ms).toISOString();

describe('the window of a sale', () => {
  let gateway: TestGateway;

  beforeEach(async () => {
    gateway = await startTestGateway();
    await gateway.openSale('sale');
  });
  afterEach(() => gateway.stop());

  const withKey = (key = 'k') => gateway.buy('sale', { headers: { 'Idempotency-Key': key } });
  const sent = () => gateway.queue.taken.length;

  it('refuses an early purchase itself, stores nothing, and takes the same key once the sale is open', async () => {
    const terms = (await gateway.shop.getSale('sale'))!.sale.terms;
    await gateway.shop.putSale({ saleId: 'soon', terms: { ...terms, opensAt: START + 1 } });
    const headers = { 'Idempotency-Key': 'k' };
    const early = await gateway.buy('soon', { headers });
    expect(early.status).toBe(409);
    expect(early.body).toMatchObject({ type: '/problems/not-started', requestId: expect.any(String) });
    expect(early.body).not.toHaveProperty('decidedAt');
    expect(sent()).toBe(0);
    await gateway.clock.advance(1);
    const inTime = await gateway.buy('soon', { headers });
    expect([inTime.status, inTime.body.requestId]).toEqual([201, early.body.requestId]);
  });

  it('is open from its first to before its last millisecond', async () => {
    const terms = (await gateway.shop.getSale('sale'))!.sale.terms;
    await gateway.shop.putSale({ saleId: 'blink', terms: { ...terms, opensAt: START, closesAt: START + 1 } });
    expect((await gateway.buy('blink')).status).toBe(201);
    await gateway.clock.advance(1);
    const late = await gateway.buy('blink', { user: 'bob' });
    expect([late.status, late.body.type]).toEqual([409, '/problems/ended']);
    expect(late.body).not.toHaveProperty('decidedAt');
    expect(sent()).toBe(1);
  });

  it('has closed, and a key still gives the outcome that it gave before', async () => {
    const first = await withKey();
    await gateway.clock.advance(CLOSES_AT - START);
    const again = await withKey();
    expect([again.status, again.body]).toEqual([201, first.body]);
    const other = await gateway.buy('sale', { headers: { 'Idempotency-Key': 'k' }, body: { quantity: 2 } });
    expect(other.status).toBe(422);
    expect(sent()).toBe(1);
  });

  it('has just closed, and an undecided key goes to inventory: an earlier attempt may be under way', async () => {
    gateway.queue.mood = 'holds';
    await gateway.clock.advance(CLOSES_AT - START - 1);
    const first = await gateway.buy('sale', {
      headers: { 'Idempotency-Key': 'k', Prefer: 'respond-async' },
    });
    expect(first.status).toBe(202);
    await gateway.clock.advance(2);
    const retry = await gateway.buy('sale', { headers: { 'Idempotency-Key': 'k', Prefer: 'respond-async' } });
    expect(retry.status).toBe(202);
    gateway.queue.decideHeld();
    const outcome = await gateway.ask(retry.headers.get('location')!);
    expect(outcome.body).toMatchObject({ requestId: first.body.requestId, status: 'reserved' });
  });

  it('has closed so long ago that nothing can be under way, and an unknown key is refused early', async () => {
    await gateway.clock.advance(CLOSES_AT - START + 60_000);
    const { status, body } = await withKey();
    expect([status, body.type]).toEqual([409, '/problems/ended']);
    expect(body).not.toHaveProperty('decidedAt');
    expect(sent()).toBe(0);
  });

  it('has closed, and a key whose outcome cannot be read is answered with 503', async () => {
    await withKey();
    await gateway.clock.advance(CLOSES_AT - START);
    gateway.shop.reachable = false;
    const { status, headers } = await withKey();
    expect([status, headers.get('retry-after')]).toEqual([503, '1']);
    // Without a key as well: it may have been kept open meanwhile.
    expect((await gateway.buy('sale')).status).toBe(503);
  });

  it('is not judged by a copy that a concurrent change has made stale', async () => {
    await gateway.buy('sale');
    await gateway.clock.advance(CLOSES_AT - START);
    let readings = 0;
    gateway.shop.getSale = () => new Promise(() => readings++);
    const late = gateway.buy('sale', { user: 'bob' });
    await until(() => readings === 1);
    const admin = { user: 'eve', scope: 'sales:admin' };
    const longer = { title: 'Sneakers', total: 10, perUserLimit: 2, opensAt: iso(OPENS_AT) };
    const body = { ...longer, closesAt: iso(CLOSES_AT + 60_000) };
    expect((await gateway.ask('/v1/admin/sales/sale', { method: 'PUT', ...admin, body })).status).toBe(200);
    await gateway.clock.advance(250);
    expect((await late).status).toBe(503);
    expect((await gateway.buy('sale', { user: 'bob' })).status).toBe(201);
  });

  it('is known from an old copy while inventory is unavailable, so that purchases continue', async () => {
    await gateway.buy('sale');
    gateway.shop.reachable = false;
    await gateway.clock.advance(60_000);
    expect((await gateway.buy('sale', { user: 'bob' })).status).toBe(201);
  });

  it('is not known without a copy while inventory is unavailable, and the answer is 503', async () => {
    gateway.shop.reachable = false;
    const { status, headers, body } = await gateway.buy('sale');
    expect([status, body.type]).toEqual([503, '/problems/unavailable']);
    expect(headers.get('retry-after')).toBe('1');
  });

  it("stamps a purchase by the corrected clock, not by the machine's", async () => {
    expect(Math.abs(Date.now() - OPENS_AT)).toBeGreaterThan(0);
    await gateway.buy('sale');
    expect(gateway.queue.taken[0]?.acceptedAtMs).toBe(gateway.clock.now());
  });
});
