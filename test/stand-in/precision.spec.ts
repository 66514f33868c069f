import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startEmbeddedRocketMQ, type EmbeddedRocketMq } from '@seckill/embedded';
import { PatchedConsumer, PatchedProducer } from '@seckill/messaging';

const logger = { info() {}, warn() {}, error() {}, debug() {} };
const delays = [300, 600, 900, 1_200, 1_500, 1_800];

describe('the clockwork of the stand-in', () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'precision-'));
  let rocketMq: EmbeddedRocketMq;
  const clients: { shutdown(): Promise<void> }[] = [];
  beforeAll(async () => {
    const topics = [{ name: 'timers', type: 'DELAY' as const, queues: 2 }];
    rocketMq = await startEmbeddedRocketMQ({ dataDir, topics, groups: [{ name: 'g', maxRetries: 9 }] });
  });
  afterAll(async () => {
    await Promise.all(clients.map((client) => client.shutdown()));
    await rocketMq.stop();
    rmSync(dataDir, { recursive: true, force: true });
  });

  it('delivers delayed messages within 100 ms, never early', async () => {
    const options = { endpoints: rocketMq.endpoints, namespace: '', logger };
    const producer = new PatchedProducer({ ...options, topics: ['timers'] });
    const subscriptions = new Map([['timers', '*']]);
    const consumer = new PatchedConsumer({
      ...options,
      consumerGroup: 'g',
      subscriptions,
      awaitDuration: 5_000,
    });
    clients.push(producer, consumer);
    await Promise.all([producer.startup(), consumer.startup()]);
    for (const delay of delays)
      await producer.send({
        topic: 'timers',
        body: Buffer.from('m'),
        deliveryTimestamp: new Date(Date.now() + delay),
      });
    const lateness: number[] = [];
    while (lateness.length < delays.length)
      for (const message of await consumer.receive(1, 10_000)) {
        lateness.push(Date.now() - message.deliveryTimestamp!.getTime());
        await consumer.ackChecked(message);
      }
    for (const late of lateness) expect(late).toBeGreaterThanOrEqual(0);
    // Another program may hold one of them up, not all.
    expect(Math.min(...lateness)).toBeLessThan(100);
  }, 30_000);
});
