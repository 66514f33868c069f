import type { WritePacket } from '@nestjs/microservices';
import { trace } from '@opentelemetry/api';
import { describe, expect, it } from '@jest/globals';
import { ManualClock } from '@seckill/clock';
import fc from 'fast-check';
import { decodeEnvelope, type EnvelopeRequest } from '../envelope.js';
import {
  NotSentError,
  ReplyTimeoutError,
  RequestRefusedError,
  SendError,
  type RequestError,
} from '../errors.js';
import type { Reply } from '../replies/reply-channel.js';
import { jsonSerializer } from '../serializer.js';
import { EnvelopeSender } from './envelope-sender.js';
import { PendingRequest } from './pending-request.js';
import { WaitingRequests } from './waiting-requests.js';

/** A client without Nest and without a broker: the test decides the result of each send. */
function setUp({ capacity = 100, retryForMs = 0 } = {}) {
  const clock = new ManualClock();
  const waiting = new WaitingRequests<Reply>(capacity, clock);
  const messages: { requests: EnvelopeRequest[]; store(): void; fail(certain: boolean): void }[] = [];
  const sender = new EnvelopeSender({
    send: ({ body }) =>
      new Promise((resolve, reject) => {
        messages.push({
          requests: decodeEnvelope(body).requests,
          store: resolve,
          fail: (certain) => reject(new SendError('broken', certain)),
        });
      }),
    replyTo: 'gateway-1',
    maxInFlight: 1,
    maxBatchSize: 4,
    maxBatchBytes: 1_000_000,
    maxWaiting: 1_000,
    maxWaitMs: 5_000,
    lateAfterMs: 1_000,
    retryForMs,
    onAbandoned: () => {},
    clock,
  });
  const early: unknown[] = [];
  const ends = new Map<string, { outcome: string; answer: unknown }[]>();
  const requests = new Map<string, EnvelopeRequest>();
  const send = (requestId: string, timeoutMs = 1_000, expiryMs = 0) => {
    ends.set(requestId, []);
    const expiresAtMs = expiryMs === 0 ? 0 : clock.now() + expiryMs;
    const ids = { requestId, correlationId: 0, orderingKey: '', headers: {} };
    const request = { ...ids, payload: Buffer.from('{}'), sentAtMs: 0, expiresAtMs, failures: 0 };
    requests.set(requestId, request);
    const callback = (answer: WritePacket) => {
      if (ended === undefined) early.push(answer.response);
      else ends.get(requestId)!.push({ outcome: ended, answer: answer.err ?? answer.response });
    };
    let ended: string | undefined;
    const span = trace.getTracer('test').startSpan('create');
    const pending = new PendingRequest(
      {
        waiting,
        sender,
        clock,
        deserialize: (bytes) => jsonSerializer.deserialize(bytes),
        isClosing: () => false,
        onEnd: (outcome) => (ended = outcome),
      },
      { pattern: 'p', request, span, callback },
    );
    pending.start(timeoutMs);
    return pending;
  };
  const reply = (
    { correlationId, requestId }: EnvelopeRequest,
    outcome: Reply['outcome'],
    index = 0,
    more = false,
  ) => waiting.settle(correlationId, { correlationId, requestId, outcome, index, more });
  const answer = (request: EnvelopeRequest) =>
    reply(request, { $case: 'payload', value: Buffer.from('"yes"') });
  const only = (requestId: string) => {
    expect(ends.get(requestId)).toHaveLength(1);
    return ends.get(requestId)![0]!;
  };
  return { clock, waiting, messages, early, ends, requests, send, reply, answer, only };
}

describe('a pending request with several answers', () => {
  const value = (n: number) => ({ $case: 'payload' as const, value: Buffer.from(String(n)) });

  async function asked() {
    const all = setUp();
    all.send('a', 1_000);
    await all.clock.advance(0);
    all.messages[0]!.store();
    const [request] = all.messages[0]!.requests;
    const answer = (index: number, more = true) => all.reply(request!, value(index), index, more);
    const end = (index: number) => all.reply(request!, undefined, index, false);
    return { ...all, answer, end };
  }

  it('gets them in order, and then the end', async () => {
    const { early, only, answer, end, ends, waiting } = await asked();
    expect([answer(0), answer(1)]).toEqual([true, true]);
    expect(early).toEqual([0, 1]);
    expect(ends.get('a')).toEqual([]);
    expect(end(2)).toBe(true);
    expect(only('a')).toEqual({ outcome: 'answered', answer: undefined });
    expect(waiting.size).toBe(0);
  });

  it('drops answers that it has already received when the handler runs again', async () => {
    const { early, only, answer } = await asked();
    answer(0);
    answer(1);
    answer(0);
    answer(1);
    answer(2, false);
    expect(early).toEqual([0, 1]);
    expect(only('a')).toEqual({ outcome: 'answered', answer: 2 });
  });

  // Whether the end comes with the last value or after it depends on timing. The waiter was left without an end.
  it('ends with a last answer that it has received before as an intermediate one, without repeating it', async () => {
    const { early, only, answer, waiting } = await asked();
    answer(0);
    answer(1);
    expect(answer(1, false)).toBe(true);
    expect(early).toEqual([0, 1]);
    expect(only('a')).toEqual({ outcome: 'answered', answer: undefined });
    expect(waiting.size).toBe(0);
  });

  it('gets a refusal when the handler runs again and fails earlier', async () => {
    const { only, messages, reply, answer } = await asked();
    answer(0);
    answer(1);
    const [request] = messages[0]!.requests;
    const error = { code: 'no', message: 'not any more', details: Buffer.alloc(0) };
    reply(request!, { $case: 'error', value: error });
    expect(only('a')).toMatchObject({ outcome: 'refused', answer: { code: 'no' } });
  });

  it('fails when answers were lost, and accepts none after that', async () => {
    const { early, only, answer } = await asked();
    answer(0);
    answer(2);
    expect(only('a').outcome).toBe('incomplete');
    expect(answer(1)).toBe(false);
    expect(early).toEqual([0]);
  });

  it('starts its timeout again for each', async () => {
    const { clock, only, answer, ends } = await asked();
    for (let i = 0; i < 5; i++) {
      await clock.advance(900);
      expect(answer(i)).toBe(true);
    }
    expect(ends.get('a')).toEqual([]);
    await clock.advance(1_000);
    expect(only('a').outcome).toBe('timeout');
  });
});

describe('a pending request', () => {
  it('that cannot be encoded was certainly not sent', async () => {
    const { clock, send, only, messages } = setUp();
    send('fraction', 1_000, 0.5);
    await clock.advance(0);
    expect(messages).toEqual([]);
    expect(only('fraction')).toMatchObject({ outcome: 'not-sent', answer: expect.any(NotSentError) });
  });

  it('keeps its payload until the broker has it, and no longer', async () => {
    const { clock, messages, requests, send, only } = setUp();
    const payload = () => requests.get('a')!.payload.toString();
    send('a', 1_000, 60_000);
    await clock.advance(1_000);
    expect(only('a').outcome).toBe('timeout');
    // It timed out as maybe sent, and was then certainly not sent: it is sent again, with its payload.
    messages[0]!.fail(true);
    await clock.advance(5_000);
    expect(messages[1]!.requests[0]!.payload.toString()).toBe('{}');
    expect(payload()).toBe('{}');
    send('b');
    messages[1]!.store();
    await clock.advance(0);
    expect(messages.at(-1)!.requests[0]!.requestId).toBe('b');
    expect(requests.get('b')!.payload.toString()).toBe('{}');
    messages.at(-1)!.store();
    await clock.advance(0);
    expect(requests.get('b')!.payload).toHaveLength(0);
  });

  it('is answered with what the handler returned', async () => {
    const { clock, messages, send, answer, only } = setUp();
    send('a');
    await clock.advance(0);
    messages[0]!.store();
    answer(messages[0]!.requests[0]!);
    expect(only('a')).toEqual({ outcome: 'answered', answer: 'yes' });
  });

  it('is not answered by a reply for another request', async () => {
    const { clock, waiting, messages, ends, send, answer, only } = setUp();
    send('a');
    await clock.advance(0);
    const request = messages[0]!.requests[0]!;
    const forged = {
      ...request,
      requestId: 'b',
      outcome: { $case: 'payload' as const, value: Buffer.from('1') },
      index: 0,
      more: false,
    };
    expect(waiting.settle(request.correlationId, forged)).toBe(false);
    expect(ends.get('a')).toEqual([]);
    answer(request);
    expect(only('a').outcome).toBe('answered');
  });

  it('may be answered before the broker has confirmed the send', async () => {
    const { clock, messages, send, answer, only } = setUp();
    send('a');
    await clock.advance(0);
    answer(messages[0]!.requests[0]!);
    messages[0]!.fail(true);
    await clock.advance(2_000);
    expect(only('a').outcome).toBe('answered');
  });

  it('gets the code, reason and details of a handler that refused it', async () => {
    const { clock, messages, send, reply, only } = setUp();
    send('a');
    await clock.advance(0);
    const error = { code: 'OUT_OF_PAPER', message: 'no paper', details: Buffer.from('{"tray":2}') };
    reply(messages[0]!.requests[0]!, { $case: 'error', value: error });
    const refused = only('a').answer as RequestRefusedError;
    expect(refused).toBeInstanceOf(RequestRefusedError);
    expect(refused).toMatchObject({ code: 'OUT_OF_PAPER', reason: 'no paper', details: { tray: 2 } });
  });

  it('was certainly not sent when the broker refuses it', async () => {
    const { clock, messages, send, only } = setUp();
    send('a');
    await clock.advance(0);
    messages[0]!.fail(true);
    await clock.advance(0);
    expect(only('a').answer).toBeInstanceOf(NotSentError);
  });

  it('keeps waiting when the answer of the broker was lost, and can still be answered', async () => {
    const { clock, messages, send, answer, only } = setUp();
    send('a');
    await clock.advance(0);
    messages[0]!.fail(false);
    await clock.advance(500);
    answer(messages[0]!.requests[0]!);
    expect(only('a').outcome).toBe('answered');
  });

  it('times out as uncertain when the answer of the broker was lost and no reply comes', async () => {
    const { clock, messages, send, only } = setUp();
    send('a');
    await clock.advance(0);
    messages[0]!.fail(false);
    await clock.advance(1_000);
    expect(only('a').answer).toBeInstanceOf(ReplyTimeoutError);
  });

  it('retries a failed send for a while, and stays uncertain after an uncertain attempt', async () => {
    const { clock, messages, send, only } = setUp({ retryForMs: 300 });
    send('a', 5_000);
    await clock.advance(0);
    messages[0]!.fail(false);
    await clock.advance(60);
    expect(messages).toHaveLength(2);
    messages[1]!.fail(true);
    await clock.advance(500);
    messages[2]!.fail(true);
    await clock.advance(10_000);
    expect(only('a').answer).toBeInstanceOf(ReplyTimeoutError);
  });

  it('that times out in the buffer was certainly not sent', async () => {
    const { clock, messages, send, only } = setUp();
    send('a', 5_000);
    await clock.advance(0);
    send('b', 500);
    await clock.advance(500);
    expect(only('b').answer).toBeInstanceOf(NotSentError);
    messages[0]!.store();
    await clock.advance(0);
    expect(messages).toHaveLength(1);
  });

  it('is withdrawn when its caller unsubscribes', async () => {
    const { clock, messages, waiting, ends, send } = setUp();
    send('a', 5_000);
    await clock.advance(0);
    send('b').cancel();
    messages[0]!.store();
    await clock.advance(0);
    expect(messages).toHaveLength(1);
    expect(ends.get('b')).toEqual([]);
    expect(waiting.size).toBe(1);
  });

  it('is refused before it is sent when too many wait', async () => {
    const { clock, messages, send, only } = setUp({ capacity: 1 });
    send('a');
    send('b');
    expect((only('b').answer as RequestError).message).toMatch(/too many requests wait/);
    await clock.advance(0);
    expect(messages[0]!.requests.map(({ requestId }) => requestId)).toEqual(['a']);
  });

  // During a restart of the broker: buyers whose wait ended while the request was in flight got 202, then the send
  // failed
  // for certain, and a minute later all of these requests had lapsed.
  it('is sent again when it timed out as maybe sent and then certainly was not', async () => {
    const { clock, messages, send, only } = setUp();
    send('a', 100, 60_000);
    send('b', 100, 60_000);
    await clock.advance(200);
    expect([only('a').outcome, only('b').outcome]).toEqual(['timeout', 'timeout']);
    messages[0]!.fail(true);
    await clock.advance(600);
    messages[1]!.fail(true);
    await clock.advance(1_100);
    messages[2]!.store();
    await clock.advance(60_000);
    const sent = messages.map(({ requests }) => requests.map(({ requestId }) => requestId));
    expect(sent).toEqual([
      ['a', 'b'],
      ['a', 'b'],
      ['a', 'b'],
    ]);
  });

  it('is not sent again when its caller knows that it was not sent, or has unsubscribed', async () => {
    const { clock, messages, send, only } = setUp();
    send('subscribed', 1_000, 60_000);
    const gone = send('gone', 1_000, 60_000);
    await clock.advance(0);
    gone.cancel();
    messages[0]!.fail(true);
    await clock.advance(60_000);
    expect(only('subscribed').outcome).toBe('not-sent');
    expect(messages).toHaveLength(1);
  });

  it('ends exactly once, and never as not sent after it was stored, in any interleaving', async () => {
    const step = fc.oneof(
      { weight: 3, arbitrary: fc.constant('send' as const) },
      { weight: 2, arbitrary: fc.constantFrom('store' as const, 'answer' as const) },
      fc.constantFrom('lose' as const, 'refuse' as const, 'wait' as const, 'cancel' as const),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(step, fc.nat(9)), { maxLength: 60 }), async (steps) => {
        const { clock, waiting, messages, ends, send, answer } = setUp({ capacity: 10 });
        const pending: PendingRequest[] = [];
        const cancelled = new Set<number>();
        const stored = new Set<string>();
        const settled = new Set<number>();
        for (const [what, pick] of steps) {
          const message = messages[pick];
          if (what === 'send') pending.push(send(`r${pending.length}`, 100));
          else if (what === 'wait') await clock.advance(40);
          else if (what === 'cancel') {
            if (pending[pick]) cancelled.add(pick);
            pending[pick]?.cancel();
          } else if (!message) continue;
          else if (what === 'answer') {
            // Only requests that the broker has stored can be answered.
            for (const request of message.requests) if (stored.has(request.requestId)) answer(request);
          } else if (!settled.has(pick)) {
            settled.add(pick);
            if (what !== 'refuse') for (const { requestId } of message.requests) stored.add(requestId);
            if (what === 'store') message.store();
            else message.fail(what === 'refuse');
          }
          await clock.advance(0);
        }
        await clock.advance(10_000);
        expect(waiting.size).toBe(0);
        pending.forEach((_, i) => {
          const end = ends.get(`r${i}`)!;
          expect(end.length).toBeLessThanOrEqual(1);
          if (!cancelled.has(i)) expect(end).toHaveLength(1);
          if (stored.has(`r${i}`)) expect(end[0]?.outcome).not.toBe('not-sent');
        });
      }),
      { numRuns: 400 },
    );
  });
});
