import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { Buyers, StockSampler, uniqueSaleId } from '@tools/load';
import { GrpcReplyReceiver, GrpcReplySender } from '@seckill/messaging';
import { newInstanceId, openRegistry } from '@seckill/registry';
import { Requests, System, field, problem, shiftedClock, userToken, waitFor } from '@tools/testbed';
import { sharedRocketMq } from '../support/real-rocketmq.js';
import { expectIntact } from '../support/verdict.js';
import { describeWithEtcd } from '../support/with-etcd.js';

const BUYERS = 2_000;
const STOCK = 500;

describeWithEtcd('a sale with the registry on etcd', () => {
  let system: System;
  beforeAll(async () => {
    system = await System.start({
      registry: 'etcd',
      instances: { gateway: 2, 'seckill-service': 2 },
      ...sharedRocketMq(),
    });
  }, 240_000);
  afterAll(() => system?.stop(), 60_000);

  /** Runs a storm, does harm once it is under way, and judges it after everything has settled. */
  async function stormWhile(name: string, harm: () => Promise<void>) {
    const saleId = uniqueSaleId(name);
    await system.putSale(saleId, { total: STOCK });
    const samples = new StockSampler(system.ledgerUrl, [saleId]);
    const crowd = new Buyers({ gateways: system.gateways, token: userToken, connections: 128 });
    const userIds = Array.from({ length: BUYERS }, (_, i) => `buyer-${i}`);
    const bought = crowd.storm({ saleId, userIds, deadlineMs: 600_000 });
    await waitFor('the middle of the storm', () => crowd.operations > BUYERS / 5);
    await harm();
    const ends = await bought;
    expect(await crowd.settle()).toBe(0);
    crowd.close();
    const ledger = await system.ledger([saleId], await samples.stop());
    expectIntact(name, crowd.history([saleId]), ledger);
    expect(ledger.sales[0]).toMatchObject({ available: 0, reserved: STOCK });
    expect(ends.filter(({ last }) => last !== 'unknown' && last.decidedAt !== undefined)).toHaveLength(
      BUYERS,
    );
  }

  const registered = async () => {
    const registry = await openRegistry(system.registryUrl);
    try {
      await waitFor('the list', () => registry.reachable);
      return ['gateway', 'inventory'].flatMap((role) => registry.list(role).map(({ id }) => id));
    } finally {
      await registry.close();
    }
  };

  it(
    'keeps every promise while etcd is killed, away for longer than leases last, and started again',
    () =>
      system.explain(async () => {
        const before = await registered();
        expect(before.length).toBeGreaterThanOrEqual(3);
        const pids = system.processes.map(({ pid }) => pid);
        await stormWhile('etcd-dies', async () => {
          await system.etcd.kill();
          await sleep(8_000);
          await system.etcd.start();
        });
        // The same processes, under the same ids: none of them died of it, and each came back.
        await waitFor('all are back', async () => (await registered()).join() === before.join());
        expect(system.processes.map(({ pid }) => pid)).toEqual(pids);
      }),
    240_000,
  );

  it(
    'is not misled by a gateway that stood still for longer than its lease, and that comes back under its id',
    () =>
      system.explain(async () => {
        const before = await registered();
        const [, gateway] = system.instances('gateway');
        await stormWhile('gateway-stalls', async () => {
          gateway!.pause();
          await waitFor(
            'its lease to run out',
            async () => (await registered()).length === before.length - 1,
          );
          gateway!.resume();
        });
        await waitFor('it is back', async () => (await registered()).join() === before.join());
      }),
    240_000,
  );

  it.each([60_000, -60_000])(
    'takes and refuses by the clock of the ledger, although that of the gateway is %d ms off',
    (skewMs) =>
      system.explain(async () => {
        const requests = new Requests();
        const { preloads, env } = shiftedClock(skewMs, 'start');
        const gateway = await system.startApp('gateway', {
          preloads,
          // A minute off, every request would lapse at once, or long after it should.
          env: { ...env, DECIDE_WITHIN_MS: '30000' },
        });
        try {
          const now = Date.now();
          const sales = {
            open: { opensAt: new Date(now - 30_000), closesAt: new Date(now + 300_000) },
            closing: { opensAt: new Date(now - 300_000), closesAt: new Date(now + 30_000) },
            early: { opensAt: new Date(now + 30_000), closesAt: new Date(now + 300_000) },
            over: { opensAt: new Date(now - 300_000), closesAt: new Date(now - 1_000) },
          };
          const answers: Record<string, unknown> = {};
          for (const [name, window] of Object.entries(sales)) {
            const saleId = uniqueSaleId(name);
            await system.putSale(saleId, { total: 10, ...window });
            const answer = await requests.buy(gateway.url, saleId, 'alice');
            answers[name] = field(answer, 'status') === 'reserved' ? 'reserved' : problem(answer);
          }
          expect(answers).toEqual({
            open: 'reserved',
            closing: 'reserved',
            early: 'not-started',
            over: 'ended',
          });

          // Undecided, it must lapse when the ledger's clock says so.
          const saleId = uniqueSaleId('pending');
          await system.putSale(saleId, { total: 10 });
          const pending = await requests.buy(gateway.url, saleId, 'alice', { prefer: 'respond-async' });
          const location = new URL(String(pending.headers['location']), gateway.url);
          const until = Number(location.searchParams.get('until'));
          expect(Math.abs(until - Date.now() - 30_000)).toBeLessThan(10_000);
        } finally {
          requests.close();
          await gateway.stop();
        }
      }),
    120_000,
  );

  it.each(['etcd', 'postgres'] as const)(
    'delivers nothing to an instance that is not meant, although a stale entry of %s leads there',
    async (kind) => {
      const url = kind === 'etcd' ? `${system.registryUrl}/stale` : system.postgres.url('registry');
      const registry = await openRegistry(url);
      const living = newInstanceId('waiting');
      const receiver = new GrpcReplyReceiver({ instanceId: living, host: '127.0.0.1', port: 0 });
      const sender = new GrpcReplySender({ registry });
      const got: number[] = [];
      const line = receiver.attach(({ correlationId }) => got.push(correlationId) > 0);
      const [first, second] = [line.firstCorrelationId, line.firstCorrelationId + 1];
      try {
        await line.listen();
        const entry = { role: 'waiting', address: `127.0.0.1:${receiver.port}`, startedAt: Date.now() };
        // Of the start before, whose lease has not run out yet.
        const dead = newInstanceId('waiting');
        for (const id of [dead, living]) await registry.register({ id, ...entry });
        const reply = (correlationId: number) => ({
          correlationId,
          requestId: `r${correlationId}`,
          outcome: { $case: 'payload' as const, value: Buffer.from('1') },
          index: 0,
          more: false,
        });
        expect(await sender.send(dead, reply(first))).toBe('unreachable');
        expect(await sender.send(living, reply(second))).toBe('settled');
        expect(got).toEqual([second]);
      } finally {
        await sender.close();
        await line.close();
        await registry.close();
      }
    },
    60_000,
  );
});
