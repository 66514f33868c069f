import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { StandInProcess } from '@seckill/embedded';
import { Buyers, uniqueSaleId } from '@tools/load';
import { field, location, Requests, System, userToken, waitFor } from '@tools/testbed';
import { expectIntact } from '../support/verdict.js';

/** What only a broker that fails on order can show. */
describe('a broker whose answers are lost', () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'lost-answers-'));
  const requests = new Requests();
  let broker: StandInProcess;
  let system: System;
  beforeAll(async () => {
    broker = await StandInProcess.start({ dataDir });
    system = await System.start({
      instances: { gateway: 2, 'seckill-service': 2 },
      rocketmq: { endpoints: broker.endpoints },
    });
  }, 240_000);
  afterEach(() => broker?.admin.clearFaults(), 20_000);
  afterAll(async () => {
    requests.close();
    await system?.stop();
    await broker?.stop();
    rmSync(dataDir, { recursive: true, force: true });
  }, 60_000);

  it(
    'makes a 202 when it has stored the request, and the truth is told at the Location and to the same key',
    () =>
      system.explain(async () => {
        const saleId = uniqueSaleId('lost-answer');
        await system.putSale(saleId, { total: 10 });
        const [gateway, other] = system.gateways as [string, string];
        await broker.admin.orderFault({ kind: 'drop-answer', calls: ['send'], times: 1 });
        // The service is paused, so that no pushed answer can tell what the broker did not.
        for (const service of system.instances('seckill-service')) process.kill(service.pid!, 'SIGSTOP');
        const told = await requests
          .buy(gateway, saleId, 'buyer', { key: 'k', prefer: 'wait=1' })
          .finally(() => {
            for (const service of system.instances('seckill-service')) process.kill(service.pid!, 'SIGCONT');
          });
        expect(told.status).toBe(202);
        expect(await broker.admin.faultsDone()).toMatchObject({ 'drop-answer': 1 });
        const truth = await waitFor(
          'the truth at the Location',
          async () => {
            const read = await requests.get(other, location(told), 'buyer');
            return field(read, 'status') !== 'pending' && read;
          },
          { timeoutMs: 120_000 },
        );
        expect(truth.body).toMatchObject({ status: 'reserved', quantity: 1 });
        const again = await requests.buy(other, saleId, 'buyer', { key: 'k' });
        expect([again.status, field(again, 'requestId')]).toEqual([201, field(told, 'requestId')]);
        const ledger = await system.ledger([saleId]);
        expect(ledger.sales[0]).toMatchObject({ available: 9, reserved: 1 });
      }),
    120_000,
  );

  it(
    'breaks no promise in a storm, nor do deliveries that come twice and connections that are cut',
    () =>
      system.explain(async () => {
        const saleId = uniqueSaleId('lossy-storm');
        await system.putSale(saleId, { total: 200 });
        const { admin } = broker;
        await admin.orderFault({ kind: 'drop-answer', calls: ['send'], times: 10, chance: 0.2 });
        await admin.orderFault({ kind: 'drop-answer', calls: ['ack'], times: 100, chance: 0.3 });
        await admin.orderFault({ kind: 'duplicate-delivery', times: 100, chance: 0.3 });
        await admin.orderFault({ kind: 'refuse', calls: ['send', 'receive'], times: 20, chance: 0.1 });
        const crowd = new Buyers({ gateways: system.gateways, token: userToken, connections: 64 });
        const userIds = Array.from({ length: 600 }, (_, i) => `buyer-${i}`);
        const bought = crowd.storm({ saleId, userIds, deadlineMs: 600_000, pauseMs: 500 });
        await waitFor('the middle of the storm', () => crowd.operations > 150);
        await admin.orderFault({ kind: 'cut-connections' });
        const ends = await bought;
        expect(await crowd.settle()).toBe(0);
        crowd.close();
        expectIntact('lossy storm', crowd.history([saleId]), await system.ledger([saleId]));
        const decided = ends.filter(({ last }) => last !== 'unknown' && last.decidedAt !== undefined);
        expect(decided).toHaveLength(userIds.length);
        expect(Object.keys(await admin.faultsDone()).toSorted()).toEqual(
          expect.arrayContaining(['cut-connections', 'drop-answer', 'duplicate-delivery', 'refuse']),
        );
      }),
    300_000,
  );
});
