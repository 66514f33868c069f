import type { Log } from '@seckill/log';
import { encodeEnvelope, type EnvelopeRequest } from '../envelope.js';
import type { HeldMessage } from '../rocketmq/held-message.js';
import type { OutgoingMessage } from '../rocketmq/topic-producer.js';

/** Sends to one topic; rejects when the broker did not confirm. */
export interface TopicSender {
  send(message: OutgoingMessage): Promise<void>;
}

/** How often and how late a request that failed is tried again. */
export interface RetryPolicy {
  /** Failures after which a request is parked. */
  maxFailures: number;
  /** ms until the try after this many failures: at least 1, at most a day; what is said beyond is cut. */
  delayMs: (failures: number) => number;
}

/** 16 failures, 1 s after the first and doubling up to a minute: about ten minutes in all. */
export const defaultRetryPolicy: RetryPolicy = {
  maxFailures: 16,
  delayMs: (failures) => Math.min(60_000, 1_000 * 2 ** (failures - 1)),
};

/** Whether one more failure parks it. */
export function isLastFailure({ failures }: EnvelopeRequest, { maxFailures }: RetryPolicy): boolean {
  return failures + 1 >= maxFailures;
}

/** Names of the properties of a parked message. */
export const PARKED = {
  reason: 'parked-reason',
  topic: 'parked-from-topic',
  messageId: 'parked-from-message',
} as const;

/** Longest reason that is kept, and longest request id that becomes a key, in characters. */
const MAX_REASON = 500;
const MAX_KEY = 256;

/** RocketMQ delays by a whole ms at least, and by a day at most. */
const LONGEST_DELAY_MS = 86_000_000;

/** As RocketMQ takes it: its proxy refuses control characters, and a character cut in half is no UTF-8. */
function toProperty(text: string): string {
  return Buffer.from(text.replaceAll(/\p{Cc}+/gu, ' ').slice(0, MAX_REASON)).toString();
}

/** Whether RocketMQ takes it for a key. The body tells the id in any case. */
function isKey(requestId: string): boolean {
  return requestId.trim() !== '' && requestId.length <= MAX_KEY && !/\p{Cc}/u.test(requestId);
}

/** @param delayMs what a policy said, whatever that is */
function toDelay(delayMs: number): number {
  return Math.min(LONGEST_DELAY_MS, Math.max(1, Math.ceil(delayMs) || 1));
}

/** A request on which a handler has just failed. */
export interface FailedRequest {
  request: EnvelopeRequest;
  reason: string;
}

type Source = Pick<HeldMessage, 'id' | 'topic' | 'tag' | 'body'>;

/**
 * Where a request goes that must not hold up its neighbours: to the retry topic while trying again may help, to the
 * dead-letter topic when it does not. Resolves once the broker has it, and only then may its message be acked; a
 * crash between the two makes a duplicate, which handlers bear.
 */
export class SetAside {
  constructor(
    private readonly retries: TopicSender,
    private readonly dead: TopicSender,
    private readonly log: Log,
  ) {}

  /**
   * Counts a failure of each of these requests of one message. Those that are to be tried again at the same moment
   * leave as one message: when much fails at once, the retry topic must not get a message for each.
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
      // One line for what leaves together: when a handler is broken, all of its requests are.
      this.log.warn('requests failed, and are tried again', {
        messageId: source.id,
        requests: requests.length,
        requestId: requests[0]?.requestId,
        gatewayId: replyTo,
        failures,
        delayMs,
        reason: failed.find(({ request }) => request.requestId === requests[0]?.requestId)?.reason,
      });
      await this.retries.send({
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
    this.#tell(source, reason, { requestId, gatewayId: replyTo });
  }

  /** Parks a message as it came, because it cannot be read. */
  async parkMessage(source: Source, reason: string): Promise<void> {
    await this.#park(source, source.body, reason);
    this.#tell(source, reason, {});
  }

  #tell({ id, topic }: Source, reason: string, ids: { requestId?: string; gatewayId?: string }): void {
    this.log.error('parked in the dead-letter topic', { ...ids, messageId: id, topic, reason });
  }

  async #park(source: Source, body: Buffer, reason: string, keys?: string[]): Promise<void> {
    await this.dead.send({
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
