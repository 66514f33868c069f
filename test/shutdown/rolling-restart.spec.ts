import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Buyers, uniqueSaleId } from '@tools/load';
import { System, userToken, waitFor, type AppName } from '@tools/testbed';
import { readManifests, readYaml } from '../../docker/testing/repository.js';
import { sharedRocketMq } from '../support/real-rocketmq.js';
import { expectIntact } from '../support/verdict.js';

const apps: readonly AppName[] = ['gateway', 'seckill-service', 'inventory'];

describe('a rolling restart of all instances under load', () => {
  let system: System;
  beforeAll(async () => {
    const instances = { gateway: 2, 'seckill-service': 2, inventory: 2 };
    system = await System.start({ instances, ...sharedRocketMq() });
  }, 240_000);
  afterAll(() => system?.stop(), 60_000);

  it(
    'loses no answer: each new instance is ready before an old one is told to stop',
    () =>
      system.explain(async () => {
        const saleId = uniqueSaleId('rolling');
        await system.putSale(saleId, { total: 2_000 });
        // What routes to gateways turns away from one that is about to stop, and knows the new one when it is ready.
        const routed = [...system.gateways];
        const leaving = new AbortController();
        const crowd = new Buyers({
          gateways: routed,
          token: userToken,
          connections: 32,
          requestTimeoutMs: 60_000,
        });
        const userIds = Array.from({ length: 200_000 }, (_, i) => `buyer-${i}`);
        const bought = crowd.storm({
          saleId,
          userIds,
          prefer: 'wait=10',
          repeatUnknown: false,
          signal: leaving.signal,
        });
        await waitFor('the beginning of the storm', () => crowd.operations > 200);

        for (const app of apps) {
          for (const old of system.instances(app)) {
            const next = await system.startApp(app);
            if (app === 'gateway') routed.splice(routed.indexOf(old.url), 1, next.url);
            const before = crowd.operations;
            expect(await old.stop()).toBe('ended with code 0');
            await waitFor('answers afterwards', () => crowd.operations > before + 200);
          }
        }
        leaving.abort();
        const ends = await bought;
        crowd.close();

        const history = crowd.history([saleId]);
        expectIntact('a rolling restart', history, await system.ledger([saleId]));
        expect(ends.length).toBeGreaterThan(1_200);
        const lost = ends.filter(({ last }) => last === 'unknown' || last.decidedAt === undefined);
        expect(lost).toEqual([]);
        expect(history.operations.filter(({ response }) => response === 'unknown')).toEqual([]);
      }),
    400_000,
  );

  it('is given more time by compose and Kubernetes than the instances may take', () => {
    const { services } = readYaml<{ services: Record<string, { stop_grace_period: string }> }>(
      'docker/compose.yaml',
    );
    for (const app of apps) {
      const stopped = system.instances(app).find(({ log }) => log.includes('"message":"shutting down"'))!;
      const withinMs = Number(/"withinMs":(\d+),"message":"shutting down"/.exec(stopped.log)![1]);
      expect(withinMs).toBeGreaterThan(10_000);
      expect(Number.parseInt(services[app]!.stop_grace_period) * 1_000).toBeGreaterThan(withinMs);
      const [{ spec }] = readManifests(`docker/kubernetes/${app}.yaml`) as unknown as [{ spec: PodOwner }];
      const { terminationGracePeriodSeconds, containers } = spec.template.spec;
      const preStopMs = (containers[0]!.lifecycle?.preStop.sleep.seconds ?? 0) * 1_000;
      expect(terminationGracePeriodSeconds * 1_000).toBeGreaterThan(preStopMs + withinMs);
    }
  });
});

interface PodOwner {
  readonly template: {
    readonly spec: {
      readonly terminationGracePeriodSeconds: number;
      readonly containers: readonly {
        readonly lifecycle?: { readonly preStop: { readonly sleep: { readonly seconds: number } } };
      }[];
    };
  };
}
