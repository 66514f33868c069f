import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Buyers, uniqueSaleId } from '@tools/load';
import { type AppName, System, userToken, waitFor } from '@tools/testbed';
import { sharedRocketMq } from '../support/real-rocketmq.js';
import { expectIntact } from '../support/verdict.js';

describe('SIGTERM under load', () => {
  let system: System;
  beforeAll(async () => {
    const instances = { gateway: 2, 'seckill-service': 2, inventory: 2 };
    system = await System.start({ instances, ...sharedRocketMq() });
  }, 240_000);
  afterAll(() => system?.stop(), 60_000);

  it.each<AppName>(['gateway', 'seckill-service', 'inventory'])(
    'to a %s loses no answer',
    (app) =>
      system.explain(async () => {
        const saleId = uniqueSaleId(`stop-${app}`);
        await system.putSale(saleId, { total: 500 });
        const [, leaving] = system.instances(app);
        const crowd = new Buyers({
          gateways: system.gateways,
          token: userToken,
          connections: 64,
          requestTimeoutMs: 60_000,
        });
        const userIds = Array.from({ length: 3_000 }, (_, i) => `buyer-${i}`);
        const bought = crowd.storm({ saleId, userIds, repeatUnknown: app === 'gateway', prefer: 'wait=10' });
        await waitFor('the middle of the storm', () => crowd.operations > 600);
        const leftAt = performance.now();
        expect(await leaving!.stop()).toBe('ended with code 0');
        await leaving!.start();
        const ends = await bought;
        crowd.close();

        const history = crowd.history([saleId]);
        expectIntact(`SIGTERM to a ${app}`, history, await system.ledger([saleId]));
        expect(ends.every(({ last }) => last !== 'unknown' && last.decidedAt !== undefined)).toBe(true);
        // A gateway that has gone takes no connection; whatever it had taken on before, it answered. A request that
        // meets a kept connection just as that is closed was not taken on either: it is lost at once.
        const lost = history.operations.filter(({ response }) => response === 'unknown');
        const taken = lost.filter(
          ({ kind, lostBy, invokedAt, completedAt }) =>
            kind === 'purchase' &&
            lostBy !== 'ECONNREFUSED' &&
            (invokedAt < leftAt || completedAt! - invokedAt > 1_000),
        );
        expect(app === 'gateway' ? taken : lost).toEqual([]);
      }),
    180_000,
  );
});
