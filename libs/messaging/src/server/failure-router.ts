import type { Log } from '@seckill/log';
import { encodeEnvelope, type EnvelopeRequest } from '../envelope.js';
import type { HeldMessage } from '../rocketmq/held-message.js';
import type { OutgoingMessage } from '../rocketmq/topic-producer.js';

/** Sends to one topic; rejects when the broker has not confirmed. */
export interface TopicSender {
  send(message: OutgoingMessage): Promise<void>;
}

/** How often a failed request is retried, and after which delay. */
export interface RetryPolicy {
  /** After this many failures a request is parked. */
  maxFailures: number;
  /** ms until the retry after this many failures, limited to the range from 1 ms to a day. */
  delayMs: (failures: number) => number;
}

/** 16 failures, 1 s after the first and doubling up to a minute: about ten minutes in all. */
export const defaultRetryPolicy: RetryPolicy = {
  maxFailures: 16,
  delayMs: (failures) => Math.min(60_000, 1_000 * 2 ** (failures - 1)),
};

/** Whether one more failure parks the request. */
export function isLastFailure({ failures }: EnvelopeRequest, { maxFailures }: RetryPolicy): boolean {
  return failures + 1 >= maxFailures;
}

/** Names of the user properties of a parked message. */
export const PARKED = {
  reason: 'parked-reason',
  topic: 'parked-from-topic',
  messageId: 'parked-from-message',
} as const;

/** Longest reason, and longest request id that becomes a key, in characters. */
const MAX_REASON = 500;
const MAX_KEY = 256;

/** RocketMQ accepts delays from 1 ms to a day. */
const LONGEST_DELAY_MS = 86_000_000;

/** A value that RocketMQ accepts: its proxy refuses control characters, and half a surrogate pair is not UTF-8. */
function toProperty(text: string): string {
  return Buffer.from(text.replaceAll(/\p{Cc}+/gu, ' ').slice(0, MAX_REASON)).toString();
}

/** Whether RocketMQ accepts it as a message key. The id is in the body in any case. */
function isKey(requestId: string): boolean {
  return requestId.trim() !== '' && requestId.length <= MAX_KEY && !/\p{Cc}/u.test(requestId);
}

/** @param delayMs the result of a policy, which may be any number */
function toDelay(delayMs: number): number {
  return Math.min(LONGEST_DELAY_MS, Math.max(1, Math.ceil(delayMs) || 1));
}

/** A request whose handler has just failed. */
export interface FailedRequest {
  request: EnvelopeRequest;
  reason: string;
}

type Source = Pick<HeldMessage, 'id' | 'topic' | 'tag' | 'body'>;

/**
 * Routes failed requests out of the way of the others: to the retry topic while a retry may help, otherwise to the
 * dead-letter topic. It resolves once the broker has stored them, and only then may their message be acked; a crash
 * between the two leaves a duplicate, which handlers must tolerate.
 */
export class FailureRouter {
  constructor(
    private readonly retryTopic: TopicSender,
    private readonly deadLetterTopic: TopicSender,
    private readonly log: Log,
  ) {}

  /**
   * Counts one more failure for each of these requests of one message. Those with the same retry time are sent as one
   * message: when many fail at once, the retry topic must not get one message per request.
   */
  async failed(
    source: Source,
    replyTo: string,
    failed: readonly FailedRequest[],
    policy: RetryPolicy,
  ): Promise<void> {
    const again = new Map<number, EnvelopeRequest[]>();
    for (const { request, reason } of failed) {
      const failures = request.failures + 1;
      const counted = { ...request, failures };
      if (isLastFailure(request, policy)) {
        await this.park(source, replyTo, counted, `failed ${failures} times, last: ${reason}`);
      } else again.set(failures, [...(again.get(failures) ?? []), counted]);
    }
    for (const [failures, requests] of again) {
      const delayMs = toDelay(policy.delayMs(failures));
      // One line for all of them: when a handler is broken, every request fails.
      this.log.warn('requests failed, will be retried', {
        messageId: source.id,
        requests: requests.length,
        requestId: requests[0]?.requestId,
        gatewayId: replyTo,
        failures,
        delayMs,
        reason: failed.find(({ request }) => request.requestId === requests[0]?.requestId)?.reason,
      });
      await this.retryTopic.send({
        body: encodeEnvelope({ replyTo, requests }),
        ...(source.tag !== undefined && { tag: source.tag }),
        delayMs,
      });
    }
  }

  /** Parks one request of a message. */
  async park(source: Source, replyTo: string, request: EnvelopeRequest, reason: string): Promise<void> {
    const { requestId } = request;
    const body = encodeEnvelope({ replyTo, requests: [request] });
    await this.#park(source, body, reason, isKey(requestId) ? [requestId] : undefined);
    this.#log(source, reason, { requestId, gatewayId: replyTo });
  }

  /** Parks a message unchanged, because it cannot be decoded. */
  async parkMessage(source: Source, reason: string): Promise<void> {
    await this.#park(source, source.body, reason);
    this.#log(source, reason, {});
  }

  #log({ id, topic }: Source, reason: string, ids: { requestId?: string; gatewayId?: string }): void {
    this.log.error('parked in the dead-letter topic', { ...ids, messageId: id, topic, reason });
  }

  async #park(source: Source, body: Buffer, reason: string, keys?: string[]): Promise<void> {
    await this.deadLetterTopic.send({
      body,
      ...(source.tag !== undefined && { tag: source.tag }),
      ...(keys && { keys }),
      properties: {
        [PARKED.reason]: toProperty(reason),
        [PARKED.topic]: source.topic,
        [PARKED.messageId]: source.id,
      },
    });
  }
}
