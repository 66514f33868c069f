import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { uniqueSaleId } from '@tools/load';
import { field, location, problem, Requests, System } from '@tools/testbed';
import { sharedRocketMq } from '../support/real-rocketmq.js';

describe('one idempotency key', () => {
  let system: System;
  const requests = new Requests();
  const saleId = uniqueSaleId('keys');
  beforeAll(async () => {
    system = await System.start({ instances: { gateway: 2 }, ...sharedRocketMq() });
    await system.putSale(saleId, { total: 1_000, perUserLimit: 5 });
  }, 240_000);
  afterAll(async () => {
    requests.close();
    await system?.stop();
  }, 60_000);

  const rounds = Array.from({ length: 10 }, (_, i) => i);

  it.each([
    ['one gateway', (gateways: string[]) => [gateways[0]!, gateways[0]!]],
    ['two gateways', (gateways: string[]) => [gateways[0]!, gateways[1]!]],
  ])(
    'twice at once at %s is one purchase with one answer',
    (_where, choose) =>
      system.explain(async () => {
        for (const round of rounds) {
          const buyer = `twice-${_where.replace(' ', '-')}-${round}`;
          const [a, b] = await Promise.all(
            choose(system.gateways).map((gateway) => requests.buy(gateway, saleId, buyer, { key: 'same' })),
          );
          expect([a!.status, b!.status]).toEqual([201, 201]);
          expect(a!.body).toEqual(b!.body);
          const { body } = await requests.get(system.gateways[0]!, `/v1/sales/${saleId}/purchases`, buyer);
          expect((body as { purchases: unknown[] }).purchases).toHaveLength(1);
        }
      }),
    60_000,
  );

  it(
    'with two quantities at once gets one outcome, and the other one 422',
    () =>
      system.explain(async () => {
        for (const round of rounds) {
          const buyer = `mismatch-${round}`;
          const answers = await Promise.all(
            [1, 2].map((quantity, i) =>
              requests.buy(system.gateways[i]!, saleId, buyer, { key: 'same', quantity }),
            ),
          );
          const [won, lost] = answers.toSorted((x, y) => x.status - y.status);
          expect([won!.status, lost!.status]).toEqual([201, 422]);
          expect(problem(lost!)).toBe('idempotency-key-reused');
          const again = await requests.buy(system.gateways[0]!, saleId, buyer, {
            key: 'same',
            quantity: field(won!, 'quantity') as number,
          });
          expect(again.body).toEqual(won!.body);
        }
      }),
    60_000,
  );

  it(
    'reads the same by push, by poll and by retry, and only by its owner',
    () =>
      system.explain(async () => {
        const [a, b] = system.gateways as [string, string];
        const bought = await requests.buy(a, saleId, 'owner', { key: 'mine', quantity: 2 });
        expect(bought.status).toBe(201);
        const polled = await requests.get(b, location(bought), 'owner');
        const retried = await requests.buy(b, saleId, 'owner', { key: 'mine', quantity: 2 });
        expect(polled.body).toEqual(bought.body);
        expect(retried.body).toEqual(bought.body);
        expect((await requests.get(b, location(bought), 'somebody-else')).status).toBe(404);
      }),
    30_000,
  );

  it(
    'answers 202 at once when asked to, and the Location tells the outcome',
    () =>
      system.explain(async () => {
        const [a, b] = system.gateways as [string, string];
        const told = await requests.buy(a, saleId, 'hurried', { key: 'later', prefer: 'respond-async' });
        expect(told.status).toBe(202);
        expect(told.headers['preference-applied']).toBe('respond-async');
        expect((await requests.get(b, location(told), 'somebody-else')).status).toBe(404);
        let polled = await requests.get(b, location(told), 'hurried');
        while (field(polled, 'status') === 'pending')
          polled = await requests.get(b, location(told), 'hurried');
        expect(polled.body).toMatchObject({ status: 'reserved', quantity: 1 });
      }),
    30_000,
  );
});
