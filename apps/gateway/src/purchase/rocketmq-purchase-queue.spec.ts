import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import {
  ClosedError,
  MaybeSentError,
  NotSentError,
  ReplyTimeoutError,
  RequestRefusedError,
  type RocketMqRecord,
} from '@seckill/messaging';
import { exampleOutcome, examplePurchase, type DecideResult } from '@seckill/purchase';
import { EMPTY, NEVER, Observable, of, throwError } from 'rxjs';
import type { PurchaseSender } from './rocketmq-purchase-queue.js';
import { RocketMqPurchaseQueue } from './rocketmq-purchase-queue.js';

const purchase = examplePurchase();
const facts = { pattern: 'purchase', requestId: purchase.requestId, elapsedMs: 1 };
const reply: DecideResult = { result: { $case: 'outcome', value: exampleOutcome() } };
const decided = { kind: 'decided', decided: reply.result };

/** A queue whose client answers every request with `answer`. */
function answering(answer: Observable<unknown>) {
  const sent: [pattern: string, record: RocketMqRecord][] = [];
  const take = (pattern: string, record: RocketMqRecord) => {
    sent.push([pattern, record]);
    return answer;
  };
  const sender = { send: take, emit: take } as unknown as PurchaseSender;
  return { queue: new RocketMqPurchaseQueue(sender), sent };
}

describe('RocketMqPurchaseQueue', () => {
  afterEach(() => void jest.restoreAllMocks());

  it('sends the purchase as it is, under its request id and until its deadline, and hands on the reply', async () => {
    const { queue, sent } = answering(of(reply));
    expect(await queue.submit(purchase, 2_000).answer).toEqual(decided);
    expect(sent).toEqual([
      [
        'purchase',
        expect.objectContaining({
          data: purchase,
          requestId: purchase.requestId,
          timeoutMs: 2_000,
          expiresAtMs: purchase.decideByMs,
        }),
      ],
    ]);
  });

  it.each([
    [new NotSentError('no route', facts), 'not-sent'],
    [new ClosedError(true, facts), 'not-sent'],
    [new ClosedError(false, facts), 'unanswered'],
    [new ReplyTimeoutError(facts), 'unanswered'],
  ])('takes %s for %s', async (error, kind) => {
    const { queue } = answering(throwError(() => error));
    expect(await queue.submit(purchase, 2_000).answer).toEqual({ kind });
  });

  it.each([new RequestRefusedError('NO_HANDLER', 'no handler', undefined, facts), new TypeError('defect')])(
    'takes %s for unanswered: it was sent, and what becomes of it is not known',
    async (error) => {
      const { queue } = answering(throwError(() => error));
      expect(await queue.submit(purchase, 2_000).answer).toEqual({ kind: 'unanswered' });
      await expect(queue.post(purchase)).rejects.toBe(error);
    },
  );

  it('logs no error when a request is answered', async () => {
    const complaints = jest.spyOn(Logger.prototype, 'error').mockReturnValue();
    const held = answering(of(reply)).queue.submit(purchase, 2_000);
    await held.answer;
    held.withdraw();
    expect(complaints).not.toHaveBeenCalled();
  });

  it('takes an answer without a reply for unanswered', async () => {
    expect(await answering(EMPTY).queue.submit(purchase, 2_000).answer).toEqual({ kind: 'unanswered' });
  });

  it('unsubscribes when the purchase is withdrawn', async () => {
    let unsubscribed = 0;
    const { queue } = answering(new Observable(() => () => void unsubscribed++));
    const held = queue.submit(purchase, 2_000);
    held.withdraw();
    expect(await held.answer).toEqual({ kind: 'withdrawn' });
    held.withdraw();
    expect(unsubscribed).toBe(1);
  });

  it('keeps its answer when the purchase is withdrawn too late', async () => {
    const { queue } = answering(of(reply));
    const held = queue.submit(purchase, 2_000);
    held.withdraw();
    expect(await held.answer).toEqual(decided);
  });

  it('posts without waiting for a reply', async () => {
    const { queue, sent } = answering(of(undefined));
    expect(await queue.post(purchase)).toEqual({ kind: 'sent' });
    expect(sent[0]![1].timeoutMs).toBeUndefined();
    expect(await answering(EMPTY).queue.post(purchase)).toEqual({ kind: 'sent' });
    const not = answering(throwError(() => new NotSentError('no route', facts)));
    expect(await not.queue.post(purchase)).toEqual({ kind: 'not-sent' });
    const maybe = answering(throwError(() => new MaybeSentError(facts)));
    expect(await maybe.queue.post(purchase)).toEqual({ kind: 'unanswered' });
  });

  it('waits as long as there is no answer', async () => {
    const answer = answering(NEVER).queue.submit(purchase, 2_000).answer;
    const pending = Symbol('pending');
    expect(await Promise.race([answer, Promise.resolve(pending)])).toBe(pending);
  });
});
