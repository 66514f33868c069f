import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { uniqueSaleId } from '@tools/load';
import { field, location, problem, Requests, scrape, System, waitFor } from '@tools/testbed';
import { sharedRocketMq } from '../support/real-rocketmq.js';

describe('a purchase that nobody decides in time', () => {
  let system: System;
  const requests = new Requests();
  beforeAll(async () => {
    const gateway = { MAX_WAIT_MS: '5000', DECIDE_WITHIN_MS: '6000' };
    system = await System.start({ env: { gateway }, ...sharedRocketMq() });
  }, 240_000);
  afterAll(async () => {
    requests.close();
    await system?.stop();
  }, 60_000);

  it(
    'turns from pending to lapsed at its Location, and a late envelope changes nothing',
    () =>
      system.explain(async () => {
        const saleId = uniqueSaleId('lapse');
        await system.putSale(saleId, { total: 5 });
        const [gateway] = system.gateways as [string];
        const [service] = system.instances('seckill-service');
        service!.pause();
        const told = await requests.buy(gateway, saleId, 'late', { key: 'k', prefer: 'wait=1' });
        expect(told.status).toBe(202);
        const pending = await requests.get(gateway, location(told), 'late');
        expect({ status: pending.status, body: pending.body }).toMatchObject({
          status: 200,
          body: { status: 'pending' },
        });

        const lapsed = await waitFor('lapsing', async () => {
          const read = await requests.get(gateway, location(told), 'late');
          return field(read, 'status') !== 'pending' && read;
        });
        expect(lapsed.body).toMatchObject({
          status: 'lapsed',
          quantity: 1,
          requestId: field(told, 'requestId'),
        });

        const handled = async () => (await scrape(system)).get('messaging_server_processed_requests_total');
        service!.resume();
        await waitFor('the late envelope', async () => ((await handled()) ?? 0) > 0, { timeoutMs: 120_000 });
        const after = await requests.get(gateway, location(told), 'late');
        expect(after.body).toEqual(lapsed.body);
        const again = await requests.buy(gateway, saleId, 'late', { key: 'k' });
        expect({ status: again.status, problem: problem(again) }).toEqual({ status: 409, problem: 'lapsed' });
        const ledger = await system.ledger([saleId]);
        expect(ledger.sales[0]).toMatchObject({ available: 5, reserved: 0 });
        expect(ledger.outcomes).toHaveLength(1);
      }),
    120_000,
  );
});
