import type { ServerResponse } from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { until } from '@seckill/clock';
import { startTestGateway, tokenFor, type TestGateway } from '../testing/test-gateway.js';

describe('a buyer who waits', () => {
  let gateway: TestGateway;
  let sales = 0;
  let sale: string;

  beforeAll(async () => {
    gateway = await startTestGateway({ WAIT_MS: '2000', MAX_WAIT_MS: '10000' });
  });
  afterAll(() => gateway.stop());
  beforeEach(async () => {
    gateway.queue.mood = 'holds';
    sale = `wait-${++sales}`;
    await gateway.openSale(sale);
  });

  const held = () => until(() => gateway.queue.holding === 1 && gateway.held.count === 1);

  /** A buyer who leaves when `gone` says so. */
  const buyUntil = (gone: AbortSignal) =>
    fetch(`${gateway.url}/v1/sales/${sale}/purchases`, {
      method: 'POST',
      signal: gone,
      headers: { 'content-type': 'application/json', authorization: `Bearer ${tokenFor('alice')}` },
      body: '{"quantity":1}',
    });

  /** Asks, lets the wait end, and returns the answer. */
  async function letWaitEnd(prefer: string | undefined, ms: number) {
    const asked = gateway.buy(sale, { headers: prefer === undefined ? {} : { Prefer: prefer } });
    await held();
    await gateway.clock.advance(ms - 1);
    expect(gateway.held.count).toBe(1);
    await gateway.clock.advance(1);
    const answer = await asked;
    gateway.queue.decideHeld();
    return answer;
  }

  it('gets 202 with a Location when the wait is over', async () => {
    const deadline = gateway.clock.now() + 60_000;
    const { status, headers, body } = await letWaitEnd(undefined, 2_000);
    expect(status).toBe(202);
    expect(body).toEqual({ requestId: body.requestId, saleId: sale, status: 'pending' });
    expect(headers.get('retry-after')).toBe('1');
    expect(headers.get('preference-applied')).toBeNull();
    expect(headers.get('location')).toMatch(
      new RegExp(
        `^/v1/sales/${sale}/purchases/${body.requestId}\\?until=${deadline}&quantity=1&signature=[\\w-]{43}$`,
      ),
    );
    expect(gateway.held.count).toBe(0);
  });

  it('finds the outcome at the Location, the same as every retry', async () => {
    const key = { 'Idempotency-Key': 'once' };
    const asked = gateway.buy(sale, { headers: key });
    await held();
    await gateway.clock.advance(2_000);
    const location = (await asked).headers.get('location')!;
    const pending = await gateway.ask(location);
    expect(pending.status).toBe(200);
    expect(pending.body).toMatchObject({ saleId: sale, quantity: 1, status: 'pending' });
    expect(pending.headers.get('retry-after')).toBe('1');
    gateway.queue.decideHeld();
    const found = await gateway.ask(location);
    expect(found.body).toMatchObject({ status: 'reserved', requestId: pending.body.requestId });
    expect(found.headers.get('retry-after')).toBeNull();
    gateway.queue.mood = 'decides';
    const retry = await gateway.buy(sale, { headers: key });
    expect([retry.status, retry.body]).toEqual([201, found.body]);
  });

  it('finds the outcome lapsed once it can no longer be decided', async () => {
    const asked = gateway.buy(sale, { body: { quantity: 2 } });
    await held();
    await gateway.clock.advance(2_000);
    const location = (await asked).headers.get('location')!;
    await gateway.clock.advance(58_001);
    const { status, body } = await gateway.ask(location);
    expect([status, body.status, body.quantity]).toEqual([200, 'lapsed', 2]);
    gateway.queue.decideHeld();
    expect((await gateway.ask(location)).body).toEqual(body);
  });

  it.each([
    ['wait=5', 5_000, 'wait=5'],
    ['wait=3600', 10_000, 'wait=10'],
    ['respond-async, wait=1', 1_000, 'respond-async, wait=1'],
    ['handling=lenient', 2_000, null],
  ])('prefers %s and waits %i ms', async (prefer, ms, applied) => {
    const { status, headers } = await letWaitEnd(prefer, ms);
    expect(status).toBe(202);
    expect(headers.get('preference-applied')).toBe(applied);
  });

  it.each([
    ['respond-async', 'respond-async'],
    ['wait=0', 'wait=0'],
  ])('prefers %s and gets 202 at once', async (prefer, applied) => {
    const { status, headers } = await gateway.buy(sale, { headers: { Prefer: prefer } });
    expect(status).toBe(202);
    expect(headers.get('preference-applied')).toBe(applied);
    expect(gateway.queue.taken.at(-1)?.saleId).toBe(sale);
    gateway.queue.decideHeld();
    expect((await gateway.ask(headers.get('location')!)).body.status).toBe('reserved');
  });

  it('gets Preference-Applied with an outcome too', async () => {
    gateway.queue.mood = 'decides';
    const { status, headers } = await gateway.buy(sale, { headers: { Prefer: 'wait=5' } });
    expect([status, headers.get('preference-applied')]).toEqual([201, 'wait=5']);
  });

  it('gets no Preference-Applied when nothing was sent', async () => {
    const { status, headers } = await gateway.buy('no-such-sale', { headers: { Prefer: 'wait=5' } });
    expect([status, headers.get('preference-applied')]).toEqual([404, null]);
  });

  it('gets 503 when too many wait, and nothing is sent', async () => {
    const small = await startTestGateway({ MAX_WAITING: '2' });
    await small.openSale('sale');
    small.queue.mood = 'holds';
    const waiting = [small.buy('sale'), small.buy('sale')];
    await until(() => small.queue.holding === 2);
    const { status, headers } = await small.buy('sale');
    expect([status, headers.get('retry-after')]).toEqual([503, '1']);
    // Neither token nor body is read.
    const unread = await small.buy('sale', { user: null, headers: { authorization: 'Bearer x' } });
    expect([unread.status, unread.body.type]).toEqual([503, '/problems/unavailable']);
    small.queue.decideHeld();
    expect((await Promise.all(waiting)).map((answer) => answer.status)).toEqual([201, 201]);
    small.queue.mood = 'decides';
    expect((await small.buy('sale', { user: 'bob' })).status).toBe(201);
    expect(small.queue.taken).toHaveLength(3);
    await small.stop();
  });

  it('goes away, and what has not left is withdrawn', async () => {
    const gone = new AbortController();
    const asked = buyUntil(gone.signal);
    await held();
    gone.abort();
    await expect(asked).rejects.toThrow('aborted');
    await until(() => gateway.held.count === 0);
    expect(gateway.queue.withdrawn).toEqual([gateway.queue.taken.at(-1)?.requestId]);
    expect(await gateway.metrics.metrics()).toMatch('purchase_answers_total{kind="gone"} 1');
  });

  it('goes away while the sale is being read, and what was to be sent then is withdrawn too', async () => {
    let letRead!: () => void;
    const mayRead = new Promise<void>((resolve) => (letRead = resolve));
    const read = gateway.shop.getSale.bind(gateway.shop);
    gateway.shop.getSale = (saleId) => mayRead.then(() => read(saleId));
    const answers: ServerResponse[] = [];
    gateway.app.getHttpServer().once('request', (_, answer) => answers.push(answer));
    const gone = new AbortController();
    const asked = buyUntil(gone.signal);
    await until(() => gateway.held.count === 1);
    gone.abort();
    await expect(asked).rejects.toThrow('aborted');
    await until(() => answers.length === 1 && answers[0]!.destroyed);
    letRead();
    await until(() => gateway.held.count === 0);
    gateway.shop.getSale = read;
    expect(gateway.queue.withdrawn.at(-1)).toBe(gateway.queue.taken.at(-1)?.requestId);
    expect(gateway.queue.taken.at(-1)?.saleId).toBe(sale);
  });
});
