import { describe, expect, it } from '@jest/globals';
import type { EnvelopeRequest } from '../envelope.js';
import type { OutgoingMessage } from '../rocketmq/topic-producer.js';
import { PARKED, FailureRouter } from './failure-router.js';

const source = { id: 'm', topic: 't', tag: 'p', body: Buffer.from('garbage') };

const request = (requestId: string, failures = 0): EnvelopeRequest => ({
  requestId,
  correlationId: 1,
  payload: Buffer.from('{}'),
  sentAtMs: 0,
  expiresAtMs: 0,
  failures,
  headers: {},
  orderingKey: '',
});

function setUp({ broken = false } = {}) {
  const parked: OutgoingMessage[] = [];
  const retried: OutgoingMessage[] = [];
  const logged: string[] = [];
  const write = (message: string) => void logged.push(message);
  const failureRouter = new FailureRouter(
    { send: async (message) => void retried.push(message) },
    {
      async send(message) {
        if (broken) throw new Error('no broker');
        parked.push(message);
      },
    },
    { log: write, warn: write, error: write },
  );
  return { failureRouter, parked, retried, logged };
}

describe('a failed request', () => {
  // The proxy refuses control characters in properties: a message with a line break in its reason was redelivered
  // forever.
  it('is parked with a reason that RocketMQ accepts as a property, for any error message', async () => {
    const { failureRouter, parked } = setUp();
    await failureRouter.park(source, 'web-1', request('a'), 'not JSON:\n\t{ "a": x }\r\n');
    await failureRouter.parkMessage(source, `${'x'.repeat(499)}😀`);
    expect(parked.map(({ properties }) => properties![PARKED.reason])).toEqual([
      'not JSON: { "a": x } ',
      `${'x'.repeat(499)}\uFFFD`,
    ]);
  });

  it('is found by its request id, unless RocketMQ does not accept that as a key', async () => {
    const { failureRouter, parked } = setUp();
    for (const id of ['order-1', ' ', 'a\nb', 'x'.repeat(10_000)])
      await failureRouter.park(source, 'web-1', request(id), 'broken');
    expect(parked.map(({ keys }) => keys)).toEqual([['order-1'], undefined, undefined, undefined]);
  });

  it('is logged only after it was stored', async () => {
    const { failureRouter, logged } = setUp({ broken: true });
    await expect(failureRouter.parkMessage(source, 'garbage')).rejects.toThrow('no broker');
    await expect(failureRouter.park(source, 'web-1', request('a'), 'garbage')).rejects.toThrow('no broker');
    expect(logged).toEqual([]);
  });

  // The client makes no delayed message of 0 ms, and the proxy refuses one of more than a day: the failure was never
  // counted, and the request was retried every second forever.
  it.each([
    [0, 1],
    [-5, 1],
    [NaN, 1],
    [0.2, 1],
    [1_500.5, 1_501],
    [Infinity, 86_000_000],
  ])('is retried after a delay that RocketMQ accepts, when a policy returns %d ms', async (said, delayMs) => {
    const { failureRouter, retried } = setUp();
    const policy = { maxFailures: 3, delayMs: () => said };
    await failureRouter.failed(source, 'web-1', [{ request: request('a'), reason: 'not yet' }], policy);
    expect(retried.map((message) => message.delayMs)).toEqual([delayMs]);
  });
});
