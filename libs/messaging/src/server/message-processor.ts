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
import { isLastFailure, type FailedRequest, type RetryPolicy, type SetAside } from './set-aside.js';

/** How requests of one pattern are handled, where it differs from the rest. */
export interface PatternOptions {
  /** @default the server's */
  retryPolicy?: RetryPolicy;
  /** Requests of the pattern that one process handles at once. @default the server's, shared with other patterns */
  concurrency?: number;
}

/**
 * What a handler's decorator may say: `@MessagePattern('pay', ROCKETMQ, { concurrency: 1 })`. Of several handlers of
 * one event the first that was registered is asked.
 */
export interface HandlerExtras extends PatternOptions {
  /** Only a server of this topic takes the handler. @default all servers of the app */
  topic?: string;
  /** Only a server of this group takes the handler. @default all servers of the app */
  group?: string;
  /** The tag of its messages. @default the pattern */
  tag?: string;
}

/** What the processor works with. */
export interface MessageProcessorOptions {
  handlerOf: (pattern: string) => MessageHandler | null;
  /** The consumer group, for those who look on. */
  group: string;
  /** Runs `work` between the hooks that Nest knows for processing. */
  withHooks: (context: RocketMqContext, work: () => Promise<HandlerResult>) => Promise<HandlerResult>;
  replies: ReplySender;
  /** Hears of answers that reached nobody. */
  onUndelivered: (delivery: Exclude<Delivery, 'settled'>, reply: UndeliveredReply) => void;
  setAside: SetAside;
  policyOf: (pattern: string) => RetryPolicy;
  /** Of patterns that have a concurrency of their own. */
  limitOf: (pattern: string) => PatternLimit | undefined;
  availability: Availability;
  serializer: PayloadSerializer;
  metrics: ServerMetrics;
  clock: Clock;
  log: Log;
  /** Aborted when the process does not wait any longer. */
  signal: AbortSignal;
}

/** For how long nobody gets a message that was handed back: longer each time, so that a backlog does not go in circles. */
const HAND_BACK_MS = 2_000;
const LONGEST_HAND_BACK_MS = 30_000;

/** The process stops before a request was settled; its message comes again. */
class StoppedError extends Error {}

/**
 * Takes one message from its arrival to its ack: each of its requests is handled by itself, and the message is acked
 * only after each of them was settled, or stands in the retry or the dead-letter topic. Whatever stops this before
 * the ack makes the message come again, and handlers bear that.
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
      // Not acked: it comes again. Let others have it soon rather than after the whole invisible time.
      if (!(error instanceof StoppedError || error instanceof HandedBackError))
        log.warn('a message stays in the queue', { messageId: message.id, reason: String(error) });
      await message.release(1_000);
    }
  }

  async #settleAll(message: HeldMessage): Promise<void> {
    const { metrics, setAside } = this.#options;
    let envelope: Envelope;
    try {
      if (message.corrupted) throw new MalformedMessageError('the body does not match its checksum');
      if (!message.tag) throw new MalformedMessageError('a message without a tag has no pattern');
      envelope = decodeEnvelope(message.body);
    } catch (error) {
      if (!(error instanceof MalformedMessageError)) throw error;
      await setAside.parkMessage(message, error.message);
      metrics.processed(message.topic, 'parked');
      return;
    }
    const { requests, replyTo } = envelope;
    const admission = this.#options.limitOf(message.tag)?.admit(requests.length, this.#options.signal);
    metrics.opened(message.topic, requests.length);
    this.#inFlight += requests.length;
    metrics.inFlight(this.#inFlight);
    try {
      const settled = await Promise.allSettled(
        requests.map((request) => this.#settleTraced(message, replyTo, request, admission)),
      );
      const unsettled = settled.find((result) => result.status === 'rejected');
      if (unsettled) throw unsettled.reason;
      const failed = settled.flatMap((result) => (result.status === 'fulfilled' && result.value) || []);
      await this.#options.setAside.failed(message, replyTo, failed, this.#policyOf(message));
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

  /** @returns the request if its handler failed on it */
  async #settle(
    message: HeldMessage,
    replyTo: string,
    request: EnvelopeRequest,
    admission: Admission | undefined,
    span: Span,
  ): Promise<FailedRequest | undefined> {
    const { setAside, metrics, replies, onUndelivered } = this.#options;
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
          await setAside.park(message, replyTo, request, value.message);
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
        await setAside.park(message, replyTo, request, result.reason);
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

  /** Runs the handler until it is not for want of something unavailable that it fails. */
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

  /** A value that cannot be serialized is no reason to handle its neighbours again and again. */
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

/** Details that are no JSON are left out: code and message are what counts. */
function serializedDetails(details: unknown): Buffer {
  try {
    return jsonSerializer.serialize(details);
  } catch {
    return Buffer.alloc(0);
  }
}
