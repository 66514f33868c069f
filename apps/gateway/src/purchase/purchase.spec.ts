import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { until } from '@seckill/clock';
import { examplePurchase } from '@seckill/purchase';
import { purchaseBodySchema } from './purchase.schema.js';
import { startTestGateway, START, type TestGateway } from '../testing/test-gateway.js';

const iso = (ms: number) => new Date(ms).toISOString();
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[78][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

describe('buying', () => {
  let gateway: TestGateway;
  let sales = 0;
  let sale: string;

  beforeAll(async () => {
    gateway = await startTestGateway();
  });
  afterAll(() => gateway.stop());
  beforeEach(async () => {
    gateway.queue.mood = 'decides';
    sale = `sale-${++sales}`;
    await gateway.openSale(sale);
  });

  it('answers 201 with the reservation and its address', async () => {
    const now = gateway.clock.now();
    const { status, headers, body } = await gateway.buy(sale);
    expect(status).toBe(201);
    expect(body).toEqual({
      requestId: expect.stringMatching(UUID),
      saleId: sale,
      quantity: 1,
      status: 'reserved',
      decidedAt: iso(now),
    });
    expect(headers.get('location')).toBe(`/v1/sales/${sale}/purchases/${body.requestId}`);
    expect(headers.get('preference-applied')).toBeNull();
  });

  it('sends what the buyer asked for, the user of the token, and both times: every field of a purchase', async () => {
    const asked = examplePurchase({ saleId: sale, userId: 'bob', quantity: 2 });
    const inBody = Object.entries(asked).filter(([field]) => field in purchaseBodySchema.shape);
    await gateway.buy(sale, { user: 'bob', body: Object.fromEntries(inBody) });
    const acceptedAtMs = gateway.clock.now();
    const sent = gateway.queue.taken.at(-1)!;
    const times = { acceptedAtMs, decideByMs: acceptedAtMs + 60_000 };
    expect(sent).toEqual({ ...asked, ...times, requestId: expect.stringMatching(UUID) });
  });

  it('answers 409 sold-out when fewer units are left', async () => {
    await gateway.openSale(sale, { total: 1 });
    await gateway.buy(sale, { user: 'first' });
    const { status, headers, body } = await gateway.buy(sale, { user: 'second' });
    expect(status).toBe(409);
    expect(headers.get('content-type')).toMatch('application/problem+json');
    expect(body).toMatchObject({
      type: '/problems/sold-out',
      title: 'Sold out',
      status: 409,
      requestId: expect.stringMatching(UUID),
      decidedAt: iso(gateway.clock.now()),
      instance: `/v1/sales/${sale}/purchases/${body.requestId}`,
    });
  });

  it('answers 409 limit-reached and names the existing purchase', async () => {
    const first = await gateway.buy(sale, { body: { quantity: 2 } });
    const { status, body } = await gateway.buy(sale);
    expect(status).toBe(409);
    expect(body).toMatchObject({
      type: '/problems/limit-reached',
      existingRequestId: first.body.requestId,
      existingPurchase: first.headers.get('location'),
    });
  });

  it('leaves a quantity above the limit to inventory', async () => {
    const { status, body } = await gateway.buy(sale, { body: { quantity: 1_000 } });
    expect(status).toBe(409);
    expect(body.type).toBe('/problems/limit-reached');
    expect(body.existingRequestId).toBeUndefined();
    expect(gateway.queue.taken.at(-1)?.quantity).toBe(1_000);
  });

  it('answers 409 not-started and ended as inventory decided them', async () => {
    const decide = async (acceptedAtMs: number, key: string) => {
      gateway.queue.mood = 'holds';
      const asked = gateway.buy(sale, { headers: { 'Idempotency-Key': key } });
      await until(() => gateway.queue.holding === 1);
      gateway.queue.taken.at(-1)!.acceptedAtMs = acceptedAtMs;
      gateway.queue.decideHeld();
      return asked;
    };
    const early = await decide(0, 'early');
    expect([early.status, early.body.type]).toEqual([409, '/problems/not-started']);
    expect(early.body.decidedAt).toBeDefined();
    const late = await decide(START * 2, 'late');
    expect([late.status, late.body.type]).toEqual([409, '/problems/ended']);
  });

  it('gives the same outcome for the same key of one user, bare or quoted', async () => {
    const key = (value: string, user = 'alice') =>
      gateway.buy(sale, { user, headers: { 'Idempotency-Key': value } });
    const first = await key('order-1');
    const again = await key('"order-1"');
    const other = await key('order-1', 'bob');
    expect(first.status).toBe(201);
    expect(again.body).toEqual(first.body);
    expect(other.body.requestId).not.toBe(first.body.requestId);
  });

  it('answers 422 when a key comes with another quantity', async () => {
    const headers = { 'Idempotency-Key': 'k' };
    const first = await gateway.buy(sale, { headers });
    const { status, body } = await gateway.buy(sale, { headers, body: { quantity: 2 } });
    expect(status).toBe(422);
    expect(body).toMatchObject({
      type: '/problems/idempotency-key-reused',
      requestId: first.body.requestId,
    });
  });

  it('answers 404 for an unknown sale', async () => {
    const { status, body } = await gateway.buy('no-such-sale');
    expect([status, body.type]).toEqual([404, '/problems/not-found']);
  });

  it('answers 503 with Retry-After when the request was certainly not sent', async () => {
    gateway.queue.mood = 'is down';
    const { status, headers, body } = await gateway.buy(sale);
    expect([status, body.type]).toEqual([503, '/problems/unavailable']);
    expect(headers.get('retry-after')).toBe('1');
  });

  it('answers 202, never a failure, when it cannot know whether the request was sent', async () => {
    gateway.queue.mood = 'is unclear';
    expect((await gateway.buy(sale)).status).toBe(202);
    expect((await gateway.buy(sale, { headers: { Prefer: 'respond-async' } })).status).toBe(202);
  });

  it('answers 500 without the message of the error', async () => {
    gateway.queue.mood = 'breaks';
    const { status, body } = await gateway.buy(sale);
    expect([status, body.type]).toEqual([500, '/problems/internal']);
    expect(JSON.stringify(body)).not.toContain('secret internals');
  });

  it('counts answers by kind', async () => {
    await gateway.buy(sale, { body: { quantity: 0 } });
    const metrics = await gateway.metrics.metrics();
    for (const kind of [
      'reserved',
      'sold_out',
      'limit_reached',
      'key_reused',
      'unknown_sale',
      'invalid',
      'failed',
    ])
      expect(metrics).toMatch(new RegExp(`purchase_answers_total\\{kind="${kind}"\\} [1-9]`));
    expect(metrics).toMatch('seckill_gateway_held_requests 0');
  });
});
