import { describe, expect, it } from '@jest/globals';
import type { MessageHandler } from '@nestjs/microservices';
import { ManualClock } from '@seckill/clock';
import fc from 'fast-check';
import { decodeEnvelope, encodeEnvelope, type EnvelopeRequest } from '../envelope.js';
import { ServerMetrics } from '../metrics.js';
import type { HeldMessage } from '../rocketmq/held-message.js';
import type { OutgoingMessage } from '../rocketmq/topic-producer.js';
import { jsonSerializer } from '../serializer.js';
import { Availability } from './availability.js';
import type { RocketMqContext } from './context.js';
import { MessageProcessor } from './message-processor.js';
import { FailureRouter } from './failure-router.js';

interface Stored {
  body: Buffer;
  deliveries: number;
  delayMs?: number | undefined;
}

/** The fate of one delivery. A crash between routing a failure and the ack is the same as a lost ack. */
type Fate = 'well' | 'ack is lost' | 'retry topic is down' | 'dead-letter topic is down';

/** A broker that keeps messages until they are acked, and a worker whose handler fails a given number of times. */
function setUp(maxFailures: number, failTimes: ReadonlyMap<string, number>) {
  const queue: Stored[] = [];
  const parked: EnvelopeRequest[] = [];
  /** For each request, the number of failures that each run of its handler saw. */
  const runs = new Map<string, number[]>();
  const done = new Set<string>();
  const delays: [failures: number, delayMs: number][] = [];
  let fate: Fate = 'well';

  const handler = (async (_payload: unknown, { requestId, failures }: RocketMqContext) => {
    runs.set(requestId, [...(runs.get(requestId) ?? []), failures]);
    if (failures < failTimes.get(requestId)!) throw new Error('not yet');
    done.add(requestId);
  }) as unknown as MessageHandler;
  const topic = (down: Fate, store: (message: OutgoingMessage) => void) => ({
    async send(message: OutgoingMessage) {
      if (fate === down) throw new Error('no broker');
      store(message);
    },
  });
  const clock = new ManualClock();
  const log = { log() {}, warn() {}, error() {} };
  const processor = new MessageProcessor({
    group: 'g',
    handlerOf: () => handler,
    withHooks: (_context, work) => work(),
    replies: { send: async () => 'settled', close: async () => {} },
    onUndelivered: () => {},
    failureRouter: new FailureRouter(
      topic('retry topic is down', ({ body, delayMs }) => {
        for (const { failures } of decodeEnvelope(body).requests) delays.push([failures, delayMs!]);
        queue.push({ body, deliveries: 0, delayMs });
      }),
      topic('dead-letter topic is down', ({ body }) => parked.push(...decodeEnvelope(body).requests)),
      log,
    ),
    policyOf: () => ({ maxFailures, delayMs: (failures) => failures * 100 }),
    limitOf: () => undefined,
    availability: new Availability(clock, () => {}),
    serializer: jsonSerializer,
    metrics: new ServerMetrics('g'),
    clock,
    log,
    signal: new AbortController().signal,
  });

  /** Delivers one of the stored messages. @returns whether it will be redelivered */
  const deliver = async (pick: number, what: Fate): Promise<boolean> => {
    const stored = queue[pick % queue.length]!;
    fate = what;
    stored.deliveries++;
    const message = {
      id: 'm',
      topic: 't',
      tag: 'p',
      body: stored.body,
      corrupted: false,
      deliveries: stored.deliveries,
      async ack() {
        if (fate === 'ack is lost') return false;
        queue.splice(queue.indexOf(stored), 1);
        return true;
      },
      async release() {},
    };
    await processor.process(message as unknown as HeldMessage);
    return queue.includes(stored);
  };
  const send = (ids: string[]) => {
    const requests = ids.map((requestId) => ({
      requestId,
      correlationId: 1,
      payload: Buffer.from('{}'),
      sentAtMs: 0,
      expiresAtMs: 0,
      failures: 0,
      headers: {},
      orderingKey: '',
    }));
    queue.push({ body: encodeEnvelope({ replyTo: 'web-1', requests }), deliveries: 0 });
  };
  return { queue, parked, runs, done, delays, deliver, send };
}

describe('the retry policy', () => {
  const fates = fc.oneof(
    { weight: 3, arbitrary: fc.constant<Fate>('well') },
    fc.constantFrom<Fate>('ack is lost', 'retry topic is down', 'dead-letter topic is down'),
  );
  const scenario = {
    maxFailures: fc.integer({ min: 1, max: 5 }),
    /** For each envelope, how often the handler fails for each of its requests. */
    envelopes: fc.array(fc.array(fc.integer({ min: 0, max: 7 }), { minLength: 1, maxLength: 4 }), {
      minLength: 1,
      maxLength: 4,
    }),
  };

  async function play(
    maxFailures: number,
    envelopes: number[][],
    steps: readonly (readonly [pick: number, fate: Fate])[],
  ) {
    const failTimes = new Map(
      envelopes.flatMap((times, e) => times.map((n, i) => [`${e}.${i}`, n] as const)),
    );
    const system = setUp(maxFailures, failTimes);
    envelopes.forEach((times, e) => system.send(times.map((_, i) => `${e}.${i}`)));
    let repeated = 0;
    for (const [pick, fate] of steps) {
      if (system.queue.length > 0 && (await system.deliver(pick, fate))) repeated++;
    }
    while (system.queue.length > 0) await system.deliver(0, 'well');
    return { ...system, failTimes, repeated };
  }

  it('runs a request exactly maxFailures times, then parks it, in any order of deliveries', async () => {
    await fc.assert(
      fc.asyncProperty(
        scenario.maxFailures,
        scenario.envelopes,
        fc.array(fc.nat(20)),
        async (max, envelopes, picks) => {
          const { parked, runs, done, delays, failTimes } = await play(
            max,
            envelopes,
            picks.map((pick) => [pick, 'well'] as const),
          );
          for (const [id, times] of failTimes) {
            const survives = times < max;
            expect(runs.get(id)).toEqual(Array.from({ length: survives ? times + 1 : max }, (_, i) => i));
            expect(done.has(id)).toBe(survives);
            const letters = parked.filter(({ requestId }) => requestId === id);
            expect(letters.map(({ failures }) => failures)).toEqual(survives ? [] : [max]);
          }
          for (const [failures, delayMs] of delays) expect(delayMs).toBe(failures * 100);
        },
      ),
      { numRuns: 100 },
    );
  }, 60_000);

  it('loses no request and no count when processes crash, acks are lost and topics are unavailable', async () => {
    await fc.assert(
      fc.asyncProperty(
        scenario.maxFailures,
        scenario.envelopes,
        fc.array(fc.tuple(fc.nat(20), fates), { maxLength: 60 }),
        async (max, envelopes, steps) => {
          const { parked, runs, done, delays, failTimes, repeated } = await play(max, envelopes, steps);
          for (const [id, times] of failTimes) {
            const seen = runs.get(id)!;
            const letters = parked.filter(({ requestId }) => requestId === id);
            // It ends as the policy says, at least once.
            if (times < max) expect([done.has(id), letters]).toEqual([true, []]);
            else expect([done.has(id), letters.length > 0]).toEqual([false, true]);
            // It is parked at the maximum, and no count in between was skipped.
            for (const { failures } of letters) expect(failures).toBe(max);
            expect([...new Set(seen)].toSorted((a, b) => a - b)).toEqual(
              Array.from({ length: Math.min(times + 1, max) }, (_, i) => i),
            );
            // Each redelivery adds at most one copy of a request.
            for (const failures of new Set(seen))
              expect(seen.filter((n) => n === failures).length).toBeLessThanOrEqual(1 + repeated);
            expect(letters.length).toBeLessThanOrEqual(1 + repeated);
          }
          for (const [failures] of delays) expect(failures).toBeLessThan(max);
        },
      ),
      { numRuns: 150 },
    );
  }, 60_000);
});
