import { describe, expect, it } from '@jest/globals';
import { ManualClock } from '@seckill/clock';
import { decodeEnvelope, type EnvelopeRequest } from '../envelope.js';
import { SendError } from '../errors.js';
import type { OutgoingMessage } from '../rocketmq/topic-producer.js';
import { EnvelopeSender } from './envelope-sender.js';

/** A sender with the given broker; `sent` holds the request ids of each message, in order. */
function setUp(
  broker: (attempt: number) => unknown,
  limits: { maxBatchSize?: number; maxInFlight?: number } = {},
) {
  const clock = new ManualClock();
  const sent: string[][] = [];
  const abandoned: [number, string][] = [];
  const sender = new EnvelopeSender({
    send: async ({ body }: OutgoingMessage) => {
      sent.push(decodeEnvelope(body).requests.map(({ requestId }) => requestId));
      await broker(sent.length);
    },
    replyTo: 'gateway-1',
    maxBatchSize: 10,
    maxInFlight: 1,
    maxBatchBytes: 1_000_000,
    maxWaiting: 3,
    maxWaitMs: 5_000,
    lateAfterMs: 1_000,
    retryForMs: 0,
    onAbandoned: (requests, reason) => abandoned.push([requests, reason]),
    clock,
    ...limits,
  });
  const send = (requestId: string, expiryMs: number) => {
    const request: EnvelopeRequest = {
      requestId,
      correlationId: 1,
      payload: Buffer.from('1'),
      sentAtMs: clock.now(),
      expiresAtMs: expiryMs === 0 ? 0 : clock.now() + expiryMs,
      failures: 0,
      headers: {},
      orderingKey: '',
    };
    return sender.send('p', request);
  };
  return { clock, sent, abandoned, send, sender };
}

const crash = (certain: boolean) => {
  throw new SendError('crashed', certain);
};

describe('envelopes in flight', () => {
  const silent = () => new Promise<void>(() => {});

  it.each([
    [1, [['a']]],
    [2, [['a'], ['b']]],
  ])('are at most %i', async (maxInFlight, inFlight) => {
    const { clock, sent, send } = setUp(silent, { maxBatchSize: 1, maxInFlight });
    for (const id of ['a', 'b', 'c']) void send(id, 0);
    await clock.advance(500);
    expect(sent).toEqual(inFlight);
  });
});

describe('an envelope that the broker may have lost', () => {
  it('is sent again until the broker confirms it, although no request in it waits any more', async () => {
    const { clock, sent, abandoned, send } = setUp((attempt) => attempt < 4 && crash(attempt > 1));
    const settled = send('a', 60_000);
    await clock.advance(0);
    expect(await settled).toMatchObject({ sent: 'maybe' });
    await clock.advance(30_000);
    expect(sent).toEqual([['a'], ['a'], ['a'], ['a']]);
    expect(abandoned).toEqual([]);
  });

  it('is dropped once it has expired', async () => {
    const { clock, sent, abandoned, send } = setUp(() => crash(false));
    const settled = Promise.all([send('a', 1_000), send('b', 4_000)]);
    await clock.advance(0);
    await settled;
    await clock.advance(120_000);
    expect(sent).toEqual([['a', 'b'], ['a', 'b'], ['b'], ['b']]);
    expect(abandoned).toEqual([
      [1, 'expired'],
      [1, 'expired'],
    ]);
  });

  it('is not sent again when it was certainly not stored, or has no expiry', async () => {
    const certain = setUp(() => crash(true));
    const unlimited = setUp(() => crash(false));
    const settled = Promise.all([certain.send('a', 60_000), unlimited.send('a', 0)]);
    await certain.clock.advance(0);
    await unlimited.clock.advance(0);
    expect((await settled).map(({ sent }) => sent)).toEqual(['no', 'maybe']);
    await certain.clock.advance(60_000);
    await unlimited.clock.advance(60_000);
    expect([certain.sent, unlimited.sent]).toEqual([[['a']], [['a']]]);
  });

  it('is one of a bounded number, and is dropped when the client closes', async () => {
    const { clock, sent, abandoned, send, sender } = setUp(() => crash(false));
    for (const ids of [
      ['a', 'b'],
      ['c', 'd'],
    ]) {
      const settled = Promise.all(ids.map((id) => send(id, 60_000)));
      await clock.advance(0);
      await settled;
    }
    await clock.advance(700);
    expect(sent).toEqual([
      ['a', 'b'],
      ['c', 'd'],
      ['a', 'b'],
    ]);
    sender.close();
    await clock.advance(60_000);
    expect(sent).toHaveLength(3);
    expect(abandoned).toEqual([
      [2, 'too many'],
      [2, 'closed'],
    ]);
  });
});
