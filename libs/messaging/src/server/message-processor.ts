import type { MessageHandler } from '@nestjs/microservices';
import type { Span } from '@opentelemetry/api';
import type { Clock } from '@seckill/clock';
import type { Log } from '@seckill/log';
import { decodeEnvelope, type Envelope, type EnvelopeRequest } from '../envelope.js';
import { MalformedMessageError, UnprocessableError } from '../errors.js';
import type { ProcessedOutcome, ServerMetrics } from '../metrics.js';
import type { Delivery, Reply, ReplySender } from '../replies/reply-channel.js';
import type { HeldMessage } from '../rocketmq/held-message.js';
import { jsonSerializer, type PayloadSerializer } from '../serializer.js';
import { noteOutcome, traceProcess } from '../tracing.js';
import { Answers, type UndeliveredReply } from './answers.js';
import type { Availability } from './availability.js';
import { RocketMqContext } from './context.js';
import { runHandler, type HandlerResult } from './handler-result.js';
import { HandedBackError, type Admission, type PatternLimit } from './pattern-limit.js';
import { isLastFailure, type FailedRequest, type RetryPolicy, type FailureRouter } from './failure-router.js';

/** Options of one pattern that differ from the server's. */
export interface PatternOptions {
  /** @default the server's */
  retryPolicy?: RetryPolicy;
  /** Requests of the pattern that one process handles at once. @default the server's, shared with other patterns */
  concurrency?: number;
}

/**
 * Options of a handler's decorator: `@MessagePattern('pay', ROCKETMQ, { concurrency: 1 })`. With several handlers of
 * one event, those of the first one count.
 */
export interface HandlerExtras extends PatternOptions {
  /** Only a server of this topic gets the handler. @default all servers of the app */
  topic?: string;
  /** Only a server of this group gets the handler. @default all servers of the app */
  group?: string;
  /** The tag of its messages. @default the pattern */
  tag?: string;
}

/** Options of a message processor. */
export interface MessageProcessorOptions {
  handlerOf: (pattern: string) => MessageHandler | null;
  /** The consumer group, for traces. */
  group: string;
  /** Runs `work` between Nest's processing hooks. */
  withHooks: (context: RocketMqContext, work: () => Promise<HandlerResult>) => Promise<HandlerResult>;
  replies: ReplySender;
  /** Called with answers that were not delivered. */
  onUndelivered: (delivery: Exclude<Delivery, 'settled'>, reply: UndeliveredReply) => void;
  failureRouter: FailureRouter;
  policyOf: (pattern: string) => RetryPolicy;
  /** The limit of a pattern with a concurrency of its own. */
  limitOf: (pattern: string) => PatternLimit | undefined;
  availability: Availability;
  serializer: PayloadSerializer;
  metrics: ServerMetrics;
  clock: Clock;
  log: Log;
  /** Aborted when the process stops waiting for handlers. */
  signal: AbortSignal;
}

/** How long a message that was handed back stays invisible: longer each time, so that a backlog does not circulate. */
const HAND_BACK_MS = 2_000;
const LONGEST_HAND_BACK_MS = 30_000;

/** The process stops before a request was settled; its message will be redelivered. */
class StoppedError extends Error {}

/**
 * Processes one message from its arrival to its ack. Each of its requests is handled independently, and the message is
 * acked only after each of them is settled, or is stored in the retry or the dead-letter topic. After a failure or a
 * crash before the ack the message is redelivered, which handlers must tolerate.
 */
export class MessageProcessor {
  readonly #options: MessageProcessorOptions;
  #inFlight = 0;

  constructor(options: MessageProcessorOptions) {
    this.#options = options;
  }

  /** Requests that are being handled. */
  get inFlight(): number {
    return this.#inFlight;
  }

  /** Never rejects. */
  async process(message: HeldMessage): Promise<void> {
    const { metrics, clock, log, signal } = this.#options;
    const started = clock.now();
    metrics.consumed(message.topic, message.deliveries > 1);
    try {
      await this.#settleAll(message);
      const taken = await message.ack();
      metrics.acked(message.topic, taken, (clock.now() - started) / 1_000);
    } catch (error) {
      if (error instanceof HandedBackError && !signal.aborted) {
        const times = message.deliveries;
        return message.release(Math.min(LONGEST_HAND_BACK_MS, times * HAND_BACK_MS));
      }
      // Not acked: released, so that it is redelivered soon and not only after the whole invisible time.
      if (!(error instanceof StoppedError || error instanceof HandedBackError))
        log.warn('message not settled, will be redelivered', {
          messageId: message.id,
          reason: String(error),
        });
      await message.release(1_000);
    }
  }

  async #settleAll(message: HeldMessage): Promise<void> {
    const { metrics, failureRouter } = this.#options;
    let envelope: Envelope;
    try {
      if (message.corrupted) throw new MalformedMessageError('the body does not match its checksum');
      if (!message.tag) throw new MalformedMessageError('a message without a tag has no pattern');
      envelope = decodeEnvelope(message.body);
    } catch (error) {
      if (!(error instanceof MalformedMessageError)) throw error;
      await failureRouter.parkMessage(message, error.message);
      metrics.processed(message.topic, 'parked');
      return;
    }
    const { requests, replyTo } = envelope;
    const admission = this.#options.limitOf(message.tag)?.admit(requests.length, this.#options.signal);
    metrics.decoded(message.topic, requests.length);
    this.#inFlight += requests.length;
    metrics.inFlight(this.#inFlight);
    try {
      const settled = await Promise.allSettled(
        requests.map((request) => this.#settleTraced(message, replyTo, request, admission)),
      );
      const unsettled = settled.find((result) => result.status === 'rejected');
      if (unsettled) throw unsettled.reason;
      const failed = settled.flatMap((result) => (result.status === 'fulfilled' && result.value) || []);
      await this.#options.failureRouter.failed(message, replyTo, failed, this.#policyOf(message));
    } finally {
      admission?.close();
      this.#inFlight -= requests.length;
      metrics.inFlight(this.#inFlight);
    }
  }

  #settleTraced(
    message: HeldMessage,
    replyTo: string,
    request: EnvelopeRequest,
    admission: Admission | undefined,
  ): Promise<FailedRequest | undefined> {
    return traceProcess({ message, request, group: this.#options.group }, (span) =>
      this.#settle(message, replyTo, request, admission, span),
    );
  }

  /** @returns the request if its handler failed */
  async #settle(
    message: HeldMessage,
    replyTo: string,
    request: EnvelopeRequest,
    admission: Admission | undefined,
    span: Span,
  ): Promise<FailedRequest | undefined> {
    const { failureRouter, metrics, replies, onUndelivered } = this.#options;
    const { requestId } = request;
    const answers = new Answers(replies, replyTo, request, span, (delivery, index) =>
      onUndelivered(delivery, { pattern: message.tag ?? '', requestId, replyTo, index }),
    );
    const handle = () => this.#handle(message, replyTo, request, answers);
    const result = await (admission ? admission.run(handle) : handle());
    noteOutcome(span, result);
    const count = (outcome: ProcessedOutcome) => metrics.processed(message.topic, outcome);
    switch (result.kind) {
      case 'value': {
        const value = this.#serialize(message, result.value);
        if (value instanceof Error) {
          await failureRouter.park(message, replyTo, request, value.message);
          count('parked');
          return undefined;
        }
        count('answered');
        await answers.end({ $case: 'payload', value });
        return undefined;
      }
      case 'completed':
        count('answered');
        await answers.end(undefined);
        return undefined;
      case 'refused':
        count('refused');
        await answers.end(refusal(result.code, result.message, result.details));
        return undefined;
      case 'failed':
        count(isLastFailure(request, this.#policyOf(message)) ? 'parked' : 'retried');
        return { request, reason: result.reason };
      case 'unprocessable':
        await failureRouter.park(message, replyTo, request, result.reason);
        count('parked');
        if (result.code !== undefined) await answers.end(refusal(result.code, result.reason));
        return undefined;
      case 'unavailable':
        throw new StoppedError();
    }
  }

  #policyOf({ tag = '' }: HeldMessage): RetryPolicy {
    return this.#options.policyOf(tag);
  }

  /** Runs the handler, again after each UnavailableError. */
  async #handle(
    message: HeldMessage,
    replyTo: string,
    request: EnvelopeRequest,
    answers: Answers,
  ): Promise<HandlerResult> {
    const { availability, handlerOf, withHooks, serializer, signal, clock } = this.#options;
    const pattern = message.tag ?? '';
    const handler = handlerOf(pattern);
    if (!handler) {
      return { kind: 'unprocessable', reason: `no handler for pattern ${pattern}`, code: 'NO_HANDLER' };
    }
    let payload: unknown;
    try {
      payload = serializer.deserialize(request.payload, { pattern });
    } catch (error) {
      return { kind: 'unprocessable', reason: `the payload cannot be read: ${String(error)}` };
    }
    const context = new RocketMqContext({ message, request, replyTo, signal, now: () => clock.now() });
    const early = (result: unknown) => {
      const value = this.#serialize(message, result);
      if (value instanceof Error) throw new UnprocessableError(value.message);
      answers.next({ $case: 'payload', value });
    };
    for (;;) {
      await availability.nextTry(signal);
      if (signal.aborted) throw new StoppedError();
      answers.restart();
      const result = await withHooks(context, () => runHandler(handler, payload, context, early));
      if (result.kind !== 'unavailable') {
        availability.succeeded();
        return result;
      }
      availability.failed(result.reason);
    }
  }

  /** Returns the error: thrown, it would make the whole message be redelivered again and again. */
  #serialize({ tag = '' }: HeldMessage, value: unknown): Buffer | Error {
    try {
      return this.#options.serializer.serialize(value, { pattern: tag });
    } catch (cause) {
      return new Error(`the result cannot be serialized: ${String(cause)}`, { cause });
    }
  }
}

function refusal(code: string, message: string, details?: unknown): Reply['outcome'] {
  return { $case: 'error', value: { code, message, details: serializedDetails(details) } };
}

/** Details that cannot be encoded as JSON are left out: code and message are more important. */
function serializedDetails(details: unknown): Buffer {
  try {
    return jsonSerializer.serialize(details);
  } catch {
    return Buffer.alloc(0);
  }
}
