import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { Buyers, uniqueSaleId } from '@tools/load';
import { field, location, problem, Requests, System, userToken, waitFor } from '@tools/testbed';
import { expectIntact } from '../support/verdict.js';
import { describeOnRealRocketMq } from '../support/real-rocketmq.js';

/** Each of these harms the broker, so this system has one of its own. */
describeOnRealRocketMq('a broker that fails', () => {
  let system: System;
  const requests = new Requests();
  beforeAll(async () => {
    system = await System.start({
      instances: { gateway: 2, 'seckill-service': 2 },
      rocketmq: 'real',
    });
  }, 300_000);
  afterAll(async () => {
    requests.close();
    await system?.stop();
  }, 60_000);

  it(
    'that does not answer in time makes a 202, and the Location tells the truth',
    () =>
      system.explain(async () => {
        const saleId = uniqueSaleId('late-answer');
        await system.putSale(saleId, { total: 10 });
        const [gateway, other] = system.gateways as [string, string];
        expect((await requests.buy(gateway, saleId, 'before')).status).toBe(201);
        const broker = system.rocketmq.pid!;
        process.kill(broker, 'SIGSTOP');
        const told = await requests
          .buy(gateway, saleId, 'buyer', { key: 'k', prefer: 'wait=1' })
          .finally(() => process.kill(broker, 'SIGCONT'));
        expect(told.status).toBe(202);
        const truth = await waitFor(
          'the truth at the Location',
          async () => {
            const read = await requests.get(other, location(told), 'buyer');
            return field(read, 'status') !== 'pending' && read;
          },
          { timeoutMs: 120_000 },
        );
        expect(truth.body).toMatchObject({ status: 'reserved', quantity: 1 });
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
        await system.rocketmq.kill();
        // What was written to a connection that broke at that moment may have arrived, and is told as pending.
        const refused = await waitFor('a refusal', async () => {
          const started = performance.now();
          const answer = await requests.buy(gateway, saleId, 'refused', { prefer: 'wait=2', once: true });
          expect(performance.now() - started).toBeLessThan(6_000);
          expect([202, 503]).toContain(answer.status);
          return answer.status === 503 && answer;
        });
        expect(problem(refused)).toBe('unavailable');
        expect(refused.headers['retry-after']).toBeDefined();
        await system.rocketmq.start();
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
        const crowd = new Buyers({ gateways: system.gateways, token: userToken, connections: 128 });
        const userIds = Array.from({ length: 2_000 }, (_, i) => `buyer-${i}`);
        const bought = crowd.storm({ saleId, userIds, deadlineMs: 600_000, pauseMs: 1_000 });
        await waitFor('the middle of the storm', () => crowd.operations > 400);
        await system.rocketmq.kill();
        await sleep(1_000);
        await system.rocketmq.start();
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
