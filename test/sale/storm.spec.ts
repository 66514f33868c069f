import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Bought, Buyers, HistoryRecorder, StockSampler, uniqueSaleId } from '@tools/load';
import { meanOf, scrape, System, userToken } from '@tools/testbed';
import { sharedRocketMq } from '../support/real-rocketmq.js';
import { expectIntact } from '../support/verdict.js';

const BUYERS = 2_000;
const STOCK = 500;

describe('a storm on the real system', () => {
  let system: System;
  beforeAll(async () => {
    system = await System.start({ instances: { gateway: 2, 'seckill-service': 2 }, ...sharedRocketMq() });
  }, 240_000);
  afterAll(() => system?.stop(), 60_000);

  it(
    'sells exactly 500 of 500 to 2,000 buyers, and tells each the same again at the other gateway',
    () =>
      system.explain(async () => {
        const saleId = uniqueSaleId('storm');
        await system.putSale(saleId, { total: STOCK });
        const samples = new StockSampler(system.ledgerUrl, [saleId]);
        const recorder = new HistoryRecorder();
        const crowds = system.gateways.map(
          (url) =>
            new Buyers({
              gateways: [url],
              token: userToken,
              connections: 256,
              recorder,
              requestTimeoutMs: 60_000,
            }),
        );
        const userIds = Array.from({ length: BUYERS }, (_, i) => `buyer-${i}`);
        const halves = [userIds.slice(0, BUYERS / 2), userIds.slice(BUYERS / 2)];
        const key = (userId: string) => `key-of-${userId}`;
        const storm = async (half: (crowd: number) => string[]) =>
          (
            await Promise.all(
              crowds.map((crowd, i) => crowd.storm({ saleId, userIds: half(i), key, prefer: 'wait=10' })),
            )
          ).flat();

        const first = await storm((crowd) => halves[crowd]!);
        const again = await storm((crowd) => halves[1 - crowd]!);
        crowds.forEach((crowd) => crowd.close());

        const ledger = await system.ledger([saleId], await samples.stop());
        expect(ledger.sales[0]).toMatchObject({ total: STOCK, available: 0, reserved: STOCK, sold: 0 });
        expect(ledger.outcomes).toHaveLength(BUYERS);
        expect(byUser(again)).toEqual(byUser(first));
        expect(decisions(first)).toEqual({ reserved: STOCK, sold_out: BUYERS - STOCK });
        expectIntact('storm', recorder.history([saleId]), ledger);
      }),
    180_000,
  );

  it(
    'grows batches by itself: alone a request is an envelope, among 1,024 it shares one',
    () =>
      system.explain(async () => {
        const saleId = uniqueSaleId('batches');
        await system.putSale(saleId, { total: 1_000_000 });
        const measure = async (connections: number, buyers: number) => {
          const before = await scrape(system);
          const crowd = new Buyers({
            gateways: system.gateways,
            token: userToken,
            connections: Math.ceil(connections / 2),
            requestTimeoutMs: 60_000,
          });
          const userIds = Array.from({ length: buyers }, (_, i) => `c${connections}-${i}`);
          const started = performance.now();
          const bought = await crowd.storm({ saleId, userIds, prefer: 'wait=10' });
          const seconds = (performance.now() - started) / 1_000;
          crowd.close();
          const after = await scrape(system);
          expect(decisions(bought)).toEqual({ reserved: buyers });
          const mean = (name: string) => meanOf(name, before, after);
          const sizes = {
            envelope: mean('messaging_client_envelope_requests'),
            transaction: mean('inventory_batch_size'),
            reply: mean('messaging_reply_batch_size'),
          };
          const words = Object.entries(sizes).map(([name, size]) => `${name} ${size.toFixed(1)}`);
          console.log(
            `${connections} connections: ${Math.round(buyers / seconds)} requests/s; mean ${words.join(', ')}`,
          );
          return sizes;
        };
        await measure(64, 1_000);
        const alone = await measure(2, 50);
        const crowded = await measure(1_024, 5_000);
        expect(alone.envelope).toBe(1);
        expect(crowded.envelope).toBeGreaterThan(4);
        expect(crowded.transaction).toBeGreaterThan(4);
      }),
    180_000,
  );
});

/** What each was told, word for word. */
function byUser(bought: readonly Bought[]) {
  return Object.fromEntries(bought.map(({ userId, last }) => [userId, last]));
}

/** How many were told what. */
function decisions(bought: readonly Bought[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { last } of bought) {
    const words = last === 'unknown' ? last : (last.decision ?? last.problem ?? String(last.status));
    counts[words] = (counts[words] ?? 0) + 1;
  }
  return counts;
}
