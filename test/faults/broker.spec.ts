import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Buyers } from '../support/buyers.js';
import { location, problem, Requests, uniqueSaleId } from '../support/requests.js';
import { System } from '../support/system.js';
import { expectIntact } from '../support/verdict.js';
import { waitFor } from '../support/wait-for.js';

/** Each of these harms the broker, so this system has one of its own, behind a proxy. */
describe('a broker that fails', () => {
  let system: System;
  const requests = new Requests();
  beforeAll(async () => {
    system = await System.start({
      instances: { gateway: 2, 'seckill-service': 2 },
      proxies: { rocketmq: true },
    });
  }, 300_000);
  afterAll(async () => {
    requests.close();
    await system?.stop();
  }, 60_000);

  /** The proxy refuses connections, as the port of a dead process does. */
  async function killBroker() {
    await system.rocketmq.kill();
    await system.rocketmqProxy!.cut();
  }

  async function restartBroker() {
    await system.rocketmq.start();
    await system.rocketmqProxy!.pass();
  }

  it(
    'whose answers are lost after storing makes a 202, and the Location tells the truth',
    () =>
      system.explain(async () => {
        const saleId = uniqueSaleId('lost-answer');
        await system.putSale(saleId, { total: 10 });
        const [gateway] = system.gateways as [string];
        expect((await requests.buy(gateway, saleId, 'before')).status).toBe(201);
        for (const service of system.instances('seckill-service')) service.pause();
        system.rocketmqProxy!.drop(['to client']);
        const told = await requests.buy(gateway, saleId, 'buyer', { key: 'k', prefer: 'wait=1' });
        expect(told.status).toBe(202);
        await system.rocketmqProxy!.pass();
        for (const service of system.instances('seckill-service')) service.resume();
        const truth = await waitFor(
          'the truth at the Location',
          async () => {
            const { body } = await requests.get(system.gateways[1]!, location(told), 'buyer');
            return (body as { status: string }).status !== 'pending' && body;
          },
          { timeoutMs: 90_000 },
        );
        expect(truth).toMatchObject({ status: 'reserved', quantity: 1 });
      }),
    240_000,
  );

  it(
    'that is gone makes a 503 within the wait, and purchases go on by themselves when it is back',
    () =>
      system.explain(async () => {
        const saleId = uniqueSaleId('broker-away');
        await system.putSale(saleId, { total: 100 });
        const [gateway] = system.gateways as [string];
        await killBroker();
        const started = performance.now();
        const refused = await requests.buy(gateway, saleId, 'buyer', { key: 'k' });
        expect(performance.now() - started).toBeLessThan(6_000);
        expect({ status: refused.status, problem: problem(refused) }).toEqual({
          status: 503,
          problem: 'unavailable',
        });
        expect(refused.headers['retry-after']).toBeDefined();
        await restartBroker();
        const bought = await waitFor(
          'a purchase',
          async () => {
            const answer = await requests.buy(gateway, saleId, 'buyer', { key: 'k' });
            return answer.status === 201 && answer;
          },
          { timeoutMs: 120_000, everyMs: 500 },
        );
        expect(bought.body).toMatchObject({ status: 'reserved' });
      }),
    300_000,
  );

  it(
    'that restarts in the middle of a storm breaks no promise',
    () =>
      system.explain(async () => {
        const saleId = uniqueSaleId('broker-restarts');
        await system.putSale(saleId, { total: 500 });
        const crowd = new Buyers({ gateways: system.gateways, connections: 128 });
        const userIds = Array.from({ length: 2_000 }, (_, i) => `buyer-${i}`);
        const bought = crowd.storm({ saleId, userIds, deadlineMs: 200_000, pauseMs: 1_000 });
        await waitFor('the middle of the storm', () => crowd.operations > 400);
        await killBroker();
        await sleep(1_000);
        await restartBroker();
        const ends = await bought;
        expect(await crowd.settle()).toBe(0);
        crowd.close();
        const ledger = await system.ledger([saleId]);
        expectIntact('broker restarts', crowd.history([saleId]), ledger);
        const decided = ends.filter(({ last }) => last !== 'unknown' && last.decidedAt !== undefined);
        expect(decided).toHaveLength(userIds.length);
      }),
    400_000,
  );
});
