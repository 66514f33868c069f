import { afterEach, describe, expect, it } from '@jest/globals';
import { check, type History } from '@tools/checker';
import { Buyers, type BuyersOptions } from './buyers.js';
import { FakeShop, fakeShopToken as token, type Treatment } from './testing/fake-shop.js';

const SALE = 'phone';

describe('Buyers', () => {
  const closing: { close(): unknown }[] = [];

  afterEach(async () => {
    for (const open of closing.splice(0)) await open.close();
  });

  const meet = async (
    total: number,
    treatments: Parameters<typeof FakeShop.open>[1],
    options: Partial<BuyersOptions> = {},
  ) => {
    const shop = await FakeShop.open(total, treatments);
    const buyers = new Buyers({ gateways: [shop.url], token, ...options });
    closing.push(buyers, shop);
    return { shop, buyers };
  };
  const crowd = (size: number) => Array.from({ length: size }, (_, n) => `u${n}`);
  /** What the n-th purchase meets, in turn; then it is answered. */
  const inTurn = (...treatments: Treatment[]) => {
    return (_asked: unknown, attempt: number): Treatment => treatments[attempt] ?? 'answer';
  };
  const statuses = ({ operations }: History) =>
    operations.map(
      ({ kind, response }) => `${kind} ${typeof response === 'object' ? response.status : response}`,
    );

  it('records a storm that the checker finds right, whatever gets lost on the way', async () => {
    const luck: Treatment[] = ['answer', 'lose the answer', 'pending', 'unavailable', 'never decide'];
    const { shop, buyers } = await meet(20, (_asked, attempt) => luck[attempt % luck.length]!, {
      connections: 16,
    });
    const bought = await buyers.storm({ saleId: SALE, userIds: crowd(60), pauseMs: 5 });
    await buyers.list({ saleId: SALE, userId: 'u0' });
    expect(await buyers.settle({ pauseMs: 5 })).toBe(0);

    const verdict = check(buyers.history([SALE]), shop.ledger(SALE));
    expect(verdict.violations).toEqual([]);
    expect(verdict.sales[0]).toMatchObject({ units: 20, buyers: 20 });
    expect(verdict.sales[0]?.requests).toMatchObject({ reserved: 20, sold_out: 40, pending: 0, unknown: 0 });
    for (const kind of ['stored', 'pending', 'refused', 'unknown', 'list'] as const) {
      expect(verdict.answers[kind]).toBeGreaterThan(0);
    }
    const told = bought.map(({ last }) => (last === 'unknown' ? last : last.decision));
    expect(told.filter((word) => word === 'reserved')).toHaveLength(20);
    expect(told.filter((word) => word === 'sold_out')).toHaveLength(40);
  });

  it('never has more requests under way than connections', async () => {
    const { shop, buyers } = await meet(5, () => 'answer', { connections: 7 });
    await buyers.storm({ saleId: SALE, userIds: crowd(100) });
    expect(shop.mostHeld).toBeLessThanOrEqual(7);
    expect(shop.mostHeld).toBeGreaterThan(1);
    expect(buyers.operations).toBe(100);
  });

  it('repeats what got no answer with the same key, and is the same request', async () => {
    const { shop, buyers } = await meet(5, inTurn('lose the answer', 'never decide', 'answer'));
    const [bought] = await buyers.storm({ saleId: SALE, userIds: ['ann'], pauseMs: 1 });
    expect(bought?.last).toMatchObject({ status: 201, decision: 'reserved', quantity: 1 });
    const history = buyers.history([SALE]);
    expect(statuses(history)).toEqual(['purchase unknown', 'purchase unknown', 'purchase 201']);
    expect(history.operations.map(({ lostBy }) => lostBy)).toEqual(['ECONNRESET', 'ECONNRESET', undefined]);
    expect(new Set(history.operations.map((o) => o.kind === 'purchase' && o.idempotencyKey)).size).toBe(1);
    expect(shop.ledger(SALE).outcomes).toHaveLength(1);
  });

  it('never repeats without a key what may have been carried out', async () => {
    const { buyers } = await meet(5, inTurn('lose the answer'));
    const bought = await buyers.storm({ saleId: SALE, userIds: ['ann'], key: 'none' });
    expect(bought).toEqual([{ saleId: SALE, userId: 'ann', key: undefined, last: 'unknown' }]);
    expect(buyers.operations).toBe(1);
  });

  it('repeats without a key what was certainly not sent', async () => {
    const { buyers } = await meet(5, inTurn('unavailable'));
    const [bought] = await buyers.storm({ saleId: SALE, userIds: ['ann'], key: 'none', pauseMs: 1 });
    expect(bought?.last).toMatchObject({ status: 201 });
  });

  it('asks at the Location of a pending request until it is decided', async () => {
    const { buyers } = await meet(5, inTurn('pending'));
    await buyers.storm({ saleId: SALE, userIds: ['ann'], pauseMs: 10 });
    const reads = statuses(buyers.history());
    expect(reads[0]).toBe('purchase 202');
    expect(reads.slice(1)).toEqual(reads.slice(1).map(() => 'read 200'));
    expect(reads.length).toBeGreaterThan(2);
  });

  it('leaves a pending request if asked to, and settles it later', async () => {
    const { buyers } = await meet(5, inTurn('pending'));
    const [left] = await buyers.storm({ saleId: SALE, userIds: ['ann'], whenPending: 'leave' });
    expect(left?.last).toMatchObject({ status: 202, decision: 'pending' });
    expect(await buyers.settle({ deadlineMs: 0, pauseMs: 1 })).toBe(1);
    expect(await buyers.settle({ pauseMs: 10 })).toBe(0);
  });

  it('repeats a pending purchase with its key if asked to', async () => {
    const { buyers } = await meet(5, inTurn('pending', 'pending'));
    await buyers.storm({ saleId: SALE, userIds: ['ann'], whenPending: 'repeat', pauseMs: 1 });
    expect(statuses(buyers.history())).toEqual(['purchase 202', 'purchase 202', 'purchase 201']);
  });

  it('asks at the Location of a pending purchase that has no key to repeat it with', async () => {
    const { buyers } = await meet(5, inTurn('pending'));
    const storm = { saleId: SALE, userIds: ['ann'], key: 'none', whenPending: 'repeat', pauseMs: 1 } as const;
    const [bought] = await buyers.storm(storm);
    expect(bought?.last).toMatchObject({ decision: 'reserved' });
    expect(statuses(buyers.history())[0]).toBe('purchase 202');
    expect(statuses(buyers.history()).filter((line) => line.startsWith('purchase'))).toHaveLength(1);
  });

  it('takes an early refusal for an answer, unless asked to repeat until the sale opens', async () => {
    const { buyers } = await meet(5, inTurn('too early', 'too early', 'answer'));
    const [patient] = await buyers.storm({ saleId: SALE, userIds: ['ann'] });
    expect(patient?.last).toMatchObject({ status: 409, decision: 'not_started', decidedAt: undefined });
    const [eager] = await buyers.storm({ saleId: SALE, userIds: ['bob'], repeatEarly: true, pauseMs: 1 });
    expect(eager?.last).toMatchObject({ status: 201 });
  });

  it('gives an answer up that does not come in time, and records that it is unknown', async () => {
    const { shop, buyers } = await meet(5, inTurn('never answer'), { requestTimeoutMs: 1_000 });
    const [bought] = await buyers.storm({ saleId: SALE, userIds: ['ann'], pauseMs: 1 });
    expect(statuses(buyers.history())).toEqual(['purchase unknown', 'purchase 201']);
    expect(bought?.last).toMatchObject({ status: 201 });
    expect(check(buyers.history([SALE]), shop.ledger(SALE)).violations).toEqual([]);
  });

  it('lets no more buyers come once it is stopped, and waits for the answers under way', async () => {
    const { shop, buyers } = await meet(5, inTurn('answer', 'pending', 'unavailable'), { connections: 3 });
    const stopping = new AbortController();
    const seen: string[] = [];
    const bought = await buyers.storm({
      saleId: SALE,
      userIds: crowd(20),
      pauseMs: 60_000,
      signal: stopping.signal,
      onBought: ({ userId }) => {
        seen.push(userId);
        stopping.abort();
      },
    });
    expect(bought.length).toBeLessThanOrEqual(3);
    expect(bought.map(({ userId }) => userId).sort()).toEqual(seen.sort());
    expect(buyers.history().operations.every(({ completedAt }) => completedAt !== undefined)).toBe(true);
    expect(shop.ledger(SALE).outcomes.length).toBeLessThanOrEqual(3);
  });

  it('tries another gateway when one is gone', async () => {
    const shop = await FakeShop.open(5, () => 'answer');
    const choices = [0, 0, 0.9];
    const random = () => choices.shift() ?? 0.9;
    const buyers = new Buyers({ gateways: ['http://127.0.0.1:1', shop.url], token, random });
    closing.push(buyers, shop);
    await buyers.storm({ saleId: SALE, userIds: ['ann'], pauseMs: 1 });
    expect(statuses(buyers.history())).toEqual(['purchase unknown', 'purchase 201']);
    expect(buyers.history().operations.map(({ gateway }) => gateway)).toEqual([
      'http://127.0.0.1:1',
      shop.url,
    ]);
  });
});
