import { describe, expect, it } from '@jest/globals';
import { RpcException, type MessageHandler } from '@nestjs/microservices';
import { ManualClock } from '@seckill/clock';
import { setImmediate as macrotask } from 'node:timers/promises';
import { concat, of, Subject, throwError } from 'rxjs';
import { decodeEnvelope, encodeEnvelope, type EnvelopeRequest } from '../envelope.js';
import { RetriableError, UnavailableError, UnprocessableError } from '../errors.js';
import { ServerMetrics } from '../metrics.js';
import type { Reply } from '../replies/reply-channel.js';
import type { HeldMessage } from '../rocketmq/held-message.js';
import type { OutgoingMessage } from '../rocketmq/topic-producer.js';
import { jsonSerializer } from '../serializer.js';
import { Availability } from './availability.js';
import type { RocketMqContext } from './context.js';
import { MessageProcessor, type HandlerExtras } from './message-processor.js';
import { PatternLimit, WaitingBudget } from './pattern-limit.js';
import { PARKED, FailureRouter } from './failure-router.js';

type Handle = (payload: { id: string }, context: RocketMqContext) => unknown;

function setUp(
  handle: Handle,
  { brokenRetryTopic = false, extras = {} }: { brokenRetryTopic?: boolean; extras?: HandlerExtras } = {},
) {
  const clock = new ManualClock();
  const events: string[] = [];
  const replies: Reply[] = [];
  const retried: OutgoingMessage[] = [];
  const parked: OutgoingMessage[] = [];
  const stop = new AbortController();
  const handler = (async (payload: never, context: never) =>
    handle(payload, context)) as unknown as MessageHandler;
  const logged: unknown[] = [];
  const write = (message: string, fields?: object) => void logged.push({ message, ...fields });
  const log = { log: write, warn: write, error: write };
  const limit =
    extras.concurrency === undefined
      ? undefined
      : new PatternLimit(extras.concurrency, new WaitingBudget(2), clock);
  const processor = new MessageProcessor({
    group: 'g',
    handlerOf: (pattern) => (pattern === 'p' || pattern === 'free' ? handler : null),
    withHooks: (_context, work) => work(),
    replies: {
      async send(_instance, reply) {
        events.push(`reply ${reply.requestId}`);
        replies.push(reply);
        return 'settled';
      },
      async close() {},
    },
    onUndelivered: () => {},
    failureRouter: new FailureRouter(
      {
        async send(message) {
          if (brokenRetryTopic) throw new Error('no broker');
          events.push('retry');
          retried.push(message);
        },
      },
      {
        async send(message) {
          events.push('park');
          parked.push(message);
        },
      },
      log,
    ),
    policyOf: () => extras.retryPolicy ?? { maxFailures: 3, delayMs: (failures) => failures * 1_000 },
    limitOf: (pattern) => (pattern === 'p' ? limit : undefined),
    availability: new Availability(clock, () => {}),
    serializer: jsonSerializer,
    metrics: new ServerMetrics('g'),
    clock,
    log,
    signal: stop.signal,
  });
  const deliver = (body: Buffer, tag: string | undefined = 'p') => {
    const message = {
      id: 'm1',
      topic: 't',
      tag,
      body,
      corrupted: false,
      deliveries: 1,
      async ack() {
        events.push('ack');
        return true;
      },
      async release(ms: number) {
        events.push(ms === 1_000 ? 'release' : `release for ${ms} ms`);
      },
    };
    return processor.process(message as unknown as HeldMessage);
  };
  return { clock, events, replies, retried, parked, deliver, stop, logged };
}

const request = (id: string, failures = 0): EnvelopeRequest => ({
  requestId: id,
  correlationId: Number(id),
  payload: Buffer.from(JSON.stringify({ id })),
  sentAtMs: 0,
  expiresAtMs: 0,
  failures,
  headers: {},
  orderingKey: '',
});
const envelope = (...requests: EnvelopeRequest[]) => encodeEnvelope({ replyTo: 'gateway-1', requests });
const payloads = (replies: Reply[]) =>
  replies.map(({ outcome }) =>
    outcome?.$case === 'payload' ? JSON.parse(outcome.value.toString()) : outcome?.value,
  );

describe('MessageProcessor', () => {
  it('logs failed requests with the ids that an operator needs, and nothing about successful ones', async () => {
    const { deliver, logged } = setUp(({ id }) =>
      id === '1' ? of('fine') : throwError(() => new Error('no')),
    );
    await deliver(envelope(request('1')));
    expect(logged).toEqual([]);
    await deliver(envelope(request('2'), request('3'), request('4', 2)));
    expect(logged).toEqual([
      {
        message: 'parked in the dead-letter topic',
        requestId: '4',
        gatewayId: 'gateway-1',
        messageId: 'm1',
        topic: 't',
        reason: expect.stringContaining('failed 3 times, last: '),
      },
      {
        message: 'requests failed, will be retried',
        messageId: 'm1',
        requests: 2,
        requestId: '2',
        gatewayId: 'gateway-1',
        failures: 1,
        delayMs: 1_000,
        reason: expect.any(String),
      },
    ]);
  });

  it('acks after every request of the message was answered', async () => {
    const { deliver, events, replies } = setUp(({ id }) => of(`done ${id}`));
    await deliver(envelope(request('1'), request('2')));
    expect(events).toEqual(['reply 1', 'reply 2', 'ack']);
    expect(payloads(replies)).toEqual(['done 1', 'done 2']);
  });

  it('answers with each value of an Observable when it is emitted, numbered, and marks the end', async () => {
    const values = new Subject<string>();
    const { deliver, events, replies } = setUp(() => values);
    const delivered = deliver(envelope(request('1')));
    await macrotask();
    values.next('a');
    await macrotask();
    expect(payloads(replies)).toEqual(['a']);
    values.next('b');
    values.next('c');
    await macrotask();
    values.complete();
    await delivered;
    expect(replies.map(({ index, more }) => [index, more])).toEqual([
      [0, true],
      [1, true],
      [2, true],
      [3, false],
    ]);
    expect(payloads(replies)).toEqual(['a', 'b', 'c', undefined]);
    expect(events.at(-1)).toBe('ack');
  });

  it('treats a value as the last one when the Observable completes at once', async () => {
    const { deliver, replies } = setUp(() => of('a', 'b'));
    await deliver(envelope(request('1')));
    await macrotask();
    expect(replies.map(({ index, more }) => [index, more])).toEqual([
      [0, true],
      [1, false],
    ]);
  });

  it('answers with the error of an Observable after its values', async () => {
    const { deliver, replies } = setUp(() =>
      concat(
        of('a'),
        throwError(() => ({ code: 'TORN', message: 'half way' })),
      ),
    );
    await deliver(envelope(request('1')));
    expect(replies.map(({ index, more, outcome }) => [index, more, outcome?.$case])).toEqual([
      [0, true, 'payload'],
      [1, false, 'error'],
    ]);
  });

  it('parks a request when one of its values cannot be serialized', async () => {
    const { deliver, events, parked } = setUp(() => of(1n, 2));
    await deliver(envelope(request('1')));
    expect(events).toEqual(['park', 'ack']);
    expect(parked[0]!.properties![PARKED.reason]).toMatch(/cannot be serialized/);
  });

  it('moves a failed request to the retry topic and settles the others', async () => {
    const { deliver, events, retried } = setUp(({ id }) => {
      if (id === '1') throw new Error('bug');
      return id;
    });
    await deliver(envelope(request('1'), request('2')));
    expect(events).toEqual(expect.arrayContaining(['retry', 'reply 2']));
    expect(events.at(-1)).toBe('ack');
    expect(retried[0]).toMatchObject({ tag: 'p', delayMs: 1_000 });
    const { replyTo, requests } = decodeEnvelope(retried[0]!.body);
    expect({ replyTo, id: requests[0]!.requestId, failures: requests[0]!.failures }).toEqual({
      replyTo: 'gateway-1',
      id: '1',
      failures: 1,
    });
  });

  it('moves requests that fail together as one message, so that many failures do not flood the retry topic', async () => {
    const { deliver, events, retried } = setUp(() => {
      throw new Error('bug');
    });
    await deliver(envelope(request('1'), request('2'), request('3', 1)));
    expect(events).toEqual(['retry', 'retry', 'ack']);
    const ids = retried.map(({ body }) => decodeEnvelope(body).requests.map(({ requestId }) => requestId));
    expect(ids).toEqual([['1', '2'], ['3']]);
  });

  it('parks a request whose result cannot be serialized, and does not handle the others again', async () => {
    const { deliver, events, parked } = setUp(({ id }) => (id === '1' ? 1n : id));
    await deliver(envelope(request('1'), request('2')));
    expect(events).toEqual(expect.arrayContaining(['park', 'reply 2']));
    expect(events.at(-1)).toBe('ack');
    expect(parked[0]!.properties![PARKED.reason]).toMatch(/cannot be serialized/);
  });

  it('does not ack when the retry topic is unavailable, so that the message is redelivered', async () => {
    const { deliver, events } = setUp(() => throwError(() => new Error('bug')), { brokenRetryTopic: true });
    await deliver(envelope(request('1')));
    expect(events).toEqual(['release']);
  });

  it('parks a request that has failed too often, with the reason', async () => {
    const { deliver, events, parked } = setUp(() => {
      throw new RetriableError('still no luck');
    });
    await deliver(envelope(request('1', 2)));
    expect(events).toEqual(['park', 'ack']);
    expect(parked[0]!.properties).toMatchObject({
      [PARKED.reason]: 'failed 3 times, last: still no luck',
      [PARKED.topic]: 't',
      [PARKED.messageId]: 'm1',
    });
  });

  it('uses the retry policy of the handler first', async () => {
    const retryPolicy = { maxFailures: 9, delayMs: () => 7_000 };
    const { deliver, retried } = setUp(() => Promise.reject(new Error('bug')), { extras: { retryPolicy } });
    await deliver(envelope(request('1', 3)));
    expect(retried).toEqual([expect.objectContaining({ delayMs: 7_000 })]);
  });

  it('parks messages and requests that can never be handled, without an answer', async () => {
    const { deliver, events } = setUp(() => {
      throw new UnprocessableError('no such sale');
    });
    await deliver(envelope(request('1')));
    expect(events).toEqual(['park', 'ack']);
  });

  it.each([
    ['garbage', Buffer.from('not an envelope'), 'p'],
    ['an empty body', Buffer.alloc(0), 'p'],
    ['an envelope without requests', encodeEnvelope({ replyTo: 'g', requests: [] }), 'p'],
    ['a message without a tag', envelope(request('1')), undefined],
  ])('parks %s as it came', async (_name, body, tag) => {
    const { deliver, events, parked } = setUp(() => 'never');
    await (tag === undefined ? deliver(body, '') : deliver(body, tag));
    expect(events).toEqual(['park', 'ack']);
    expect(parked[0]!.body).toEqual(body);
  });

  it('parks one request whose payload cannot be read and handles the rest', async () => {
    const { deliver, events } = setUp(({ id }) => id);
    await deliver(envelope({ ...request('1'), payload: Buffer.from('{') }, request('2')));
    expect(events).toEqual(expect.arrayContaining(['park', 'reply 2']));
    expect(events.at(-1)).toBe('ack');
  });

  it('parks a request without a handler and answers its waiter', async () => {
    const { deliver, events, replies } = setUp(() => 'never');
    await deliver(envelope(request('1')), 'other');
    expect(events).toEqual(['park', 'reply 1', 'ack']);
    expect(replies[0]!.outcome).toMatchObject({ $case: 'error', value: { code: 'NO_HANDLER' } });
  });

  it('answers with the RpcException that a handler threw', async () => {
    const error = { code: 'TOO_LATE', message: 'closed', hours: 9 };
    const { deliver, events, replies } = setUp(() => throwError(() => new RpcException(error).getError()));
    await deliver(envelope(request('1')));
    expect(events).toEqual(['reply 1', 'ack']);
    const { code, message, details } = (
      replies[0]!.outcome as { value: { code: string; message: string; details: Buffer } }
    ).value;
    expect({ code, message, details: JSON.parse(details.toString()) }).toEqual({
      code: 'TOO_LATE',
      message: 'closed',
      details: { hours: 9 },
    });
  });

  it('holds its message while a dependency is unavailable, counts no failure, and continues by itself', async () => {
    let down = true;
    let calls = 0;
    const { clock, deliver, events, retried } = setUp(({ id }) => {
      calls++;
      if (down) throw new UnavailableError('inventory is down');
      return id;
    });
    const processed = deliver(envelope(request('1'), request('2')));
    await clock.advance(60_000);
    expect(events).toEqual([]);
    expect(calls).toBeLessThan(140);
    down = false;
    await clock.advance(1_000);
    await processed;
    expect(events).toEqual(['reply 1', 'reply 2', 'ack']);
    expect(retried).toEqual([]);
  });

  it('hands an unsettled message back when the process stops waiting', async () => {
    const { clock, deliver, events, stop } = setUp(() => {
      throw new UnavailableError('down');
    });
    const processed = deliver(envelope(request('1')));
    await clock.advance(500);
    stop.abort();
    await clock.advance(0);
    await processed;
    expect(events).toEqual(['release']);
  });

  it('handles requests of a pattern one at a time with a concurrency of 1, and does not block other patterns', async () => {
    const ends = new Map<string, () => void>();
    const end = async (id: string) => {
      ends.get(id)!();
      await macrotask();
    };
    const { deliver, events } = setUp(({ id }) => new Promise<void>((resolve) => ends.set(id, resolve)), {
      extras: { concurrency: 1 },
    });
    const slow = deliver(envelope(request('1'), request('2')));
    const next = deliver(envelope(request('3')));
    const free = deliver(envelope(request('4'), request('5')), 'free');
    await macrotask();
    expect([...ends.keys()].toSorted()).toEqual(['1', '4', '5']);
    await end('4');
    await end('5');
    await free;
    await end('1');
    await end('2');
    await slow;
    await end('3');
    await next;
    expect([...ends.keys()].slice(-2)).toEqual(['2', '3']);
    expect(events).toEqual(['reply 4', 'reply 5', 'ack', 'reply 1', 'reply 2', 'ack', 'reply 3', 'ack']);
  });

  it('hands back a message that it cannot start: at once when too many wait, otherwise after a while', async () => {
    const { clock, deliver, events, replies } = setUp(() => new Promise(() => {}), {
      extras: { concurrency: 1 },
    });
    void deliver(envelope(request('1')));
    const [waiting, tooMany] = [
      deliver(envelope(request('2'))),
      deliver(envelope(request('3'), request('4'))),
    ];
    await tooMany;
    expect(events).toEqual(['release for 2000 ms']);
    await clock.advance(15_000);
    await waiting;
    expect(events).toEqual(['release for 2000 ms', 'release for 2000 ms']);
    expect(replies).toEqual([]);
  });

  it('sends no answer when none is wanted', async () => {
    const { deliver, events } = setUp(() => 'done');
    await deliver(envelope({ ...request('1'), correlationId: 0 }));
    await deliver(encodeEnvelope({ replyTo: '', requests: [request('2')] }));
    expect(events).toEqual(['ack', 'ack']);
  });
});
