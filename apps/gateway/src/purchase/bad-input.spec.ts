import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startTestGateway, type Ask, type TestGateway } from '../testing/test-gateway.js';

describe('a purchase with bad input', () => {
  let gateway: TestGateway;

  beforeAll(async () => {
    gateway = await startTestGateway();
    await gateway.openSale('sale');
  });
  afterAll(() => gateway.stop());

  /** Expects a 400 whose errors name exactly these fields, and that nothing was sent. */
  async function expectInvalid(fields: string[], ask: Ask, sale = 'sale') {
    const { status, headers, body } = await gateway.buy(sale, ask);
    expect(status).toBe(400);
    expect(headers.get('content-type')).toMatch('application/problem+json');
    expect(body).toMatchObject({ type: '/problems/invalid-request', status: 400 });
    expect(body.errors.map(({ field }: { field: string }) => field)).toEqual(fields);
    for (const { message } of body.errors) expect(message).toMatch(/\w/);
    expect(gateway.queue.taken).toHaveLength(0);
  }

  it.each([0, -1, 1.5, '1', 1_001, null, true, [], 1e300])('is refused for the quantity %j', (quantity) =>
    expectInvalid(['quantity'], { body: { quantity } }),
  );

  it('is refused without a quantity', () => expectInvalid(['quantity'], { body: {} }));

  it('is refused for fields that it does not know, each by its name', () =>
    expectInvalid(['userId', 'price'], { body: { quantity: 1, userId: 'mallory', price: 0 } }));

  it.each([
    ['no body', undefined],
    ['an empty one', ''],
    ['null', 'null'],
    ['a list', '[1]'],
    ['half of one', '{"quan'],
  ])('is refused for a body that is %s', (_, body) =>
    expectInvalid(['body'], { body, headers: { 'content-type': 'application/json' } }),
  );

  it('is refused for a body that tampers with prototypes', () =>
    expectInvalid(['body'], { body: '{"quantity":1,"__proto__":{"x":1}}' }));

  it.each(['Sale', 'a_b', 'a.b', '%20', 'ä', 'x'.repeat(65), 'x'.repeat(300)])(
    'is refused for the sale id %s',
    (id) => expectInvalid(['saleId'], {}, encodeURI(decodeURI(id))),
  );

  it.each(['a b', 'é', 'x'.repeat(129), '"open', '"a" b', '""', '"a\\b"'])(
    'is refused for the Idempotency-Key %s',
    (key) => expectInvalid(['Idempotency-Key'], { headers: { 'Idempotency-Key': key } }),
  );

  it.each(['text/plain', 'application/x-www-form-urlencoded', 'application/xml', 'nonsense'])(
    'is refused with 415 as %s',
    async (type) => {
      const { status, body } = await gateway.buy('sale', {
        body: '{"quantity":1}',
        headers: { 'content-type': type },
      });
      expect([status, body.type]).toEqual([415, '/problems/unsupported-media-type']);
    },
  );

  it('is refused with 413 when the body is too large', async () => {
    const body = JSON.stringify({ quantity: 1, more: 'x'.repeat(5_000) });
    const answer = await gateway.buy('sale', { body });
    expect([answer.status, answer.body.type]).toEqual([413, '/problems/payload-too-large']);
  });

  it('gets a problem for unknown routes', async () => {
    for (const [method, path] of [
      ['GET', '/nowhere'],
      ['DELETE', '/v1/sales/sale/purchases'],
      ['GET', '/%zz'],
    ] as const) {
      const { status, headers } = await gateway.ask(path, { method });
      expect(status).toBe(path === '/%zz' ? 400 : 404);
      expect(headers.get('content-type')).toMatch('application/problem+json');
    }
  });
});
