import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Buyers, StockSampler, type Storm, uniqueSaleId } from '@tools/load';
import { System, userToken, waitFor } from '@tools/testbed';
import { sharedRocketMq } from '../support/real-rocketmq.js';
import { expectIntact } from '../support/verdict.js';

const BUYERS = 2_000;
const STOCK = 500;
const userIds = Array.from({ length: BUYERS }, (_, i) => `buyer-${i}`);

/** More than two invisible times (5 s each), so that what a service holds comes again. */
const INVENTORY_AWAY_MS = 12_000;

describe('a sale in which something dies', () => {
  let system: System;
  beforeAll(async () => {
    system = await System.start({ instances: { gateway: 2, 'seckill-service': 2 }, ...sharedRocketMq() });
  }, 240_000);
  afterAll(() => system?.stop(), 60_000);

  /** Runs a storm, does harm once it is under way, and judges it after everything has settled. */
  async function stormWhile(name: string, harm: () => Promise<void>, storm: Partial<Storm> = {}) {
    const saleId = uniqueSaleId(name);
    await system.putSale(saleId, { total: STOCK });
    const samples = new StockSampler(system.ledgerUrl, [saleId]);
    const crowd = new Buyers({ gateways: system.gateways, token: userToken, connections: 128 });
    const bought = crowd.storm({ saleId, userIds, deadlineMs: 600_000, ...storm });
    await waitFor('the middle of the storm', () => crowd.operations > BUYERS / 5);
    await harm();
    const ends = await bought;
    expect(await crowd.settle()).toBe(0);
    crowd.close();
    const ledger = await system.ledger([saleId], await samples.stop());
    expectIntact(name, crowd.history([saleId]), ledger);
    return {
      ledger,
      told: ends.filter(({ last }) => last !== 'unknown' && last.decidedAt !== undefined).length,
    };
  }

  it(
    'keeps every promise while a gateway is killed and started again',
    () =>
      system.explain(async () => {
        const [gateway] = system.instances('gateway');
        const { ledger, told } = await stormWhile('gateway-dies', async () => {
          await gateway!.kill();
          await sleep(500);
          await gateway!.start();
        });
        expect(told).toBe(BUYERS);
        expect(ledger.sales[0]).toMatchObject({ available: 0, reserved: STOCK });
      }),
    240_000,
  );

  it(
    'keeps every promise while a service is killed and started again',
    () =>
      system.explain(async () => {
        const [service] = system.instances('seckill-service');
        const { ledger, told } = await stormWhile('service-dies', async () => {
          await service!.kill();
          await sleep(1_000);
          await service!.start();
        });
        expect(told).toBe(BUYERS);
        expect(ledger.sales[0]).toMatchObject({ available: 0, reserved: STOCK });
      }),
    240_000,
  );

  it(
    'tells 202 while inventory is away, and everybody the truth after it',
    () =>
      system.explain(async () => {
        const [inventory] = system.instances('inventory');
        const { ledger, told } = await stormWhile('inventory-away', async () => {
          await inventory!.kill();
          await sleep(INVENTORY_AWAY_MS);
          await inventory!.start();
        });
        expect(told).toBe(BUYERS);
        expect(ledger.outcomes).toHaveLength(BUYERS);
      }),
    300_000,
  );

  it(
    'keeps every promise while Postgres, ledger and registry in one, is killed and started again',
    () =>
      system.explain(async () => {
        const { ledger, told } = await stormWhile('postgres-dies', () => system.crashPostgres());
        expect(told).toBe(BUYERS);
        expect(ledger.outcomes).toHaveLength(BUYERS);
      }),
    240_000,
  );

  it(
    'is not misled by a gateway that stood still for longer than its lease',
    () =>
      system.explain(async () => {
        const [, gateway] = system.instances('gateway');
        const { told } = await stormWhile('gateway-stalls', async () => {
          gateway!.pause();
          await sleep(8_000);
          gateway!.resume();
        });
        expect(told).toBe(BUYERS);
      }),
    240_000,
  );
});
