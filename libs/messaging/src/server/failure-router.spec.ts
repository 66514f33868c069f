import { describe, expect, it } from '@jest/globals';
import type { EnvelopeRequest } from '../envelope.js';
import type { OutgoingMessage } from '../rocketmq/topic-producer.js';
import { PARKED, SetAside } from './set-aside.js';

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
  const told: string[] = [];
  const tell = (message: string) => void told.push(message);
  const setAside = new SetAside(
    { send: async (message) => void retried.push(message) },
    {
      async send(message) {
        if (broken) throw new Error('no broker');
        parked.push(message);
      },
    },
    { log: tell, warn: tell, error: tell },
  );
  return { setAside, parked, retried, told };
}

describe('what is set aside', () => {
  // The proxy refuses control characters in properties: what had a line break in its reason came again for ever.
  it('has a reason that RocketMQ takes for a property, whatever went wrong', async () => {
    const { setAside, parked } = setUp();
    await setAside.park(source, 'web-1', request('a'), 'not JSON:\n\t{ "a": x }\r\n');
    await setAside.parkMessage(source, `${'x'.repeat(499)}😀`);
    expect(parked.map(({ properties }) => properties![PARKED.reason])).toEqual([
      'not JSON: { "a": x } ',
      `${'x'.repeat(499)}\uFFFD`,
    ]);
  });

  it('is found by its request id, unless RocketMQ takes that for no key', async () => {
    const { setAside, parked } = setUp();
    for (const id of ['order-1', ' ', 'a\nb', 'x'.repeat(10_000)])
      await setAside.park(source, 'web-1', request(id), 'broken');
    expect(parked.map(({ keys }) => keys)).toEqual([['order-1'], undefined, undefined, undefined]);
  });

  it('is told of only once it is there', async () => {
    const { setAside, told } = setUp({ broken: true });
    await expect(setAside.parkMessage(source, 'garbage')).rejects.toThrow('no broker');
    await expect(setAside.park(source, 'web-1', request('a'), 'garbage')).rejects.toThrow('no broker');
    expect(told).toEqual([]);
  });

  // The client makes no delayed message of 0, and the proxy takes none of more than a day: the failure was never
  // counted, and the request was tried again every second for ever.
  it.each([
    [0, 1],
    [-5, 1],
    [NaN, 1],
    [0.2, 1],
    [1_500.5, 1_501],
    [Infinity, 86_000_000],
  ])('waits for its next try as RocketMQ can, when a policy says %d ms', async (said, delayMs) => {
    const { setAside, retried } = setUp();
    const policy = { maxFailures: 3, delayMs: () => said };
    await setAside.failed(source, 'web-1', [{ request: request('a'), reason: 'not yet' }], policy);
    expect(retried.map((message) => message.delayMs)).toEqual([delayMs]);
  });
});
