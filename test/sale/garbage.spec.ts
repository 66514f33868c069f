import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { systemClock } from '@seckill/clock';
import { encodeEnvelope, GroupConsumer, PARKED, TopicProducer, type HeldMessage } from '@seckill/messaging';
import { namesIn, type TopologyNames } from '@seckill/topology';
import { uniqueSaleId } from '@tools/load';
import { Requests, System, waitFor } from '@tools/testbed';
import { sharedRocketMq } from '../support/real-rocketmq.js';

const quiet = { log() {}, warn() {}, error() {} };

describe('garbage in the topic', () => {
  let system: System;
  const requests = new Requests();
  let names: TopologyNames;
  let producer: TopicProducer;
  let operator: GroupConsumer;
  beforeAll(async () => {
    system = await System.start(sharedRocketMq());
    const connection = { endpoints: system.endpoints, log: quiet };
    names = namesIn(system.namespace);
    producer = new TopicProducer(names.topics.purchase, connection, { clock: systemClock, log: quiet });
    operator = new GroupConsumer(connection, {
      group: names.groups.deadLetters,
      topics: [names.topics.purchaseDead],
      invisibleMs: 10_000,
      pollMs: 1_000,
      clock: systemClock,
      log: quiet,
    });
    producer.start();
    operator.start();
    await Promise.all([producer.connected(240_000), operator.connected(240_000)]);
  }, 240_000);
  afterAll(async () => {
    requests.close();
    await Promise.all([producer?.close(), operator?.close(), system?.stop()]);
  }, 60_000);

  it(
    'is parked with a reason, and the next purchase is served',
    () =>
      system.explain(async () => {
        const saleId = uniqueSaleId('garbage');
        await system.putSale(saleId, { total: 5 });
        const mark = `garbage of ${saleId}`;
        const unreadable = { ...emptyRequest, requestId: mark, payload: Buffer.from('{') };
        await producer.send({ body: Buffer.from(mark), tag: 'purchase' });
        await producer.send({ body: Buffer.from(mark) });
        await producer.send({
          body: encodeEnvelope({ replyTo: '', requests: [unreadable] }),
          tag: 'purchase',
        });
        await producer.send({
          body: encodeEnvelope({ replyTo: '', requests: [unreadable] }),
          tag: 'no-such-pattern',
        });

        const bought = await requests.buy(system.gateways[0]!, saleId, 'buyer');
        expect(bought.status).toBe(201);

        const parked: HeldMessage[] = [];
        await waitFor(
          'parking',
          async () => {
            for (const message of await operator.receive(names.topics.purchaseDead, 16)) {
              if (message.body.includes(mark)) parked.push(message);
              await message.ack();
            }
            return parked.length >= 4;
          },
          { timeoutMs: 120_000 },
        );
        const reasons = parked
          .map((message) => message.properties[PARKED.reason] ?? '')
          .toSorted((a, b) => a.localeCompare(b));
        expect(reasons).toEqual([
          'a message without a tag has no pattern',
          expect.stringContaining('no handler for pattern no-such-pattern'),
          expect.stringContaining('not an envelope'),
          expect.stringContaining('the payload cannot be read'),
        ]);
      }),
    120_000,
  );
});

const emptyRequest = {
  correlationId: 0,
  sentAtMs: 0,
  expiresAtMs: 0,
  failures: 0,
  headers: {},
  orderingKey: '',
};
