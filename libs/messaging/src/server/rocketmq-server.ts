import { setMaxListeners } from 'node:events';
import {
  Server,
  type CustomTransportStrategy,
  type MessageHandler,
  type MsPattern,
} from '@nestjs/microservices';
import { Logger } from '@nestjs/common';
import { systemClock, type Clock } from '@seckill/clock';
import type { Log } from '@seckill/log';
import type { Registry } from 'prom-client';
import { Listeners } from '../listeners.js';
import { ServerMetrics } from '../metrics.js';
import type { ReplySender } from '../replies/reply-channel.js';
import type { RocketMqConnection } from '../rocketmq/connection.js';
import { GroupConsumer } from '../rocketmq/group-consumer.js';
import type { ConnectionStatus } from '../rocketmq/keep-connected.js';
import { TopicProducer } from '../rocketmq/topic-producer.js';
import { jsonSerializer, type PayloadSerializer } from '../serializer.js';
import type { UndeliveredReply } from './answers.js';
import { Availability } from './availability.js';
import type { RocketMqContext } from './context.js';
import type { HandlerResult } from './handler-result.js';
import { watchHealth } from './health-watch.js';
import { Intake } from './intake.js';
import { MessageProcessor, type HandlerExtras, type PatternOptions } from './message-processor.js';
import { PatternLimit, WaitingBudget } from './pattern-limit.js';
import { defaultRetryPolicy, FailureRouter, type RetryPolicy } from './failure-router.js';
import { withDefaults } from '../with-defaults.js';

/** Options of a server: what it receives, its limits, and where failed requests go. */
export interface RocketMqServerOptions {
  connection: RocketMqConnection;
  /** Consumer group. It must exist, with a retry limit so high that the broker itself never gives up. */
  group: string;
  /** The topic of all its patterns, type NORMAL. */
  topic: string;
  /** For failed requests until their next attempt, type DELAY. */
  retryTopic: string;
  /** For requests that could not be handled, type NORMAL. */
  deadLetterTopic: string;
  /** Delivers the answers. The server does not close it. */
  replies: ReplySender;
  /** Requests handled at once; receiving waits while there are as many. @default 4096 */
  concurrency?: number;
  /** Receives in flight at once. @default 4 */
  receivers?: number;
  /** Most messages of one receive. @default 16 */
  messagesPerReceive?: number;
  /** A message that is not renewed for this many ms is redelivered. @default 5000 */
  invisibleMs?: number;
  /** Longest that one receive waits, in ms: also how long `close()` may take when idle. @default 5000 */
  pollMs?: number;
  /** How long `close()` waits for requests that are being handled, in ms. @default 10000 */
  stopWithinMs?: number;
  /** For patterns without one of their own. @default defaultRetryPolicy */
  retryPolicy?: RetryPolicy;
  /** Options of single patterns. They override those of decorators. @default none */
  patterns?: Readonly<Record<string, PatternOptions>>;
  /**
   * A check that rejects while a dependency of the handlers is unavailable. It runs once a second; after a failure
   * receiving pauses, as after an UnavailableError. @default no check, only the errors of handlers
   */
  health?: () => Promise<void>;
  /** @default JSON */
  serializer?: PayloadSerializer;
  /** @default systemClock */
  clock?: Clock;
  /** The registry of its metrics. @default a registry of its own */
  metrics?: Registry;
}

/**
 * Events of a server, beside its status: `server.on('orphaned', (reply) => …)`. Both are also metrics. The request was
 * handled nevertheless, and its message is acked.
 */
export type RocketMqServerEvents = {
  /** The sender is alive, but does not wait any more: it timed out, was cancelled, or was already answered. */
  late: (reply: UndeliveredReply) => void;
  /** The sender is gone, or did not accept the answer in time. */
  orphaned: (reply: UndeliveredReply) => void;
};

/** How long messages may take to be released after handlers were aborted, in ms. */
const RELEASE_MS = 500;

/** The transport id, for handlers of this transport only: `@MessagePattern('sum', ROCKETMQ)`. */
export const ROCKETMQ = Symbol('RocketMQ');

/**
 * Nest transport strategy for RocketMQ: one ordinary `@MessagePattern` handler per request, many at once, acked out of
 * order. A failed request goes to the retry topic and does not delay the others; when a handler throws
 * `UnavailableError`, receiving pauses instead.
 */
export class RocketMqServer extends Server<RocketMqServerEvents> implements CustomTransportStrategy {
  override readonly transportId = ROCKETMQ;
  /** A failed event handler is retried, like a message handler. */
  override readonly propagatesEventHandlerErrors = true;
  protected override readonly logger = new Logger(RocketMqServer.name);
  readonly #options: Required<Omit<RocketMqServerOptions, 'metrics' | 'health'>> &
    Pick<RocketMqServerOptions, 'health'>;
  readonly #log: Log;
  readonly #listeners: Listeners<RocketMqServerEvents>;
  readonly #consumer: GroupConsumer;
  readonly #retryProducer: TopicProducer;
  readonly #deadLetterProducer: TopicProducer;
  readonly #availability: Availability;
  readonly #intake: Intake;
  /** Limits of patterns with a concurrency of their own. */
  readonly #limits = new Map<string, PatternLimit>();
  readonly #stopReceiving = new AbortController();
  readonly #stopHandling = new AbortController();
  #watching: Promise<void> | undefined;
  #closing: Promise<void> | undefined;

  constructor(options: RocketMqServerOptions) {
    super();
    this.#options = withDefaults(
      {
        concurrency: 4_096,
        receivers: 4,
        messagesPerReceive: 16,
        invisibleMs: 5_000,
        pollMs: 5_000,
        stopWithinMs: 10_000,
        retryPolicy: defaultRetryPolicy,
        patterns: {},
        serializer: jsonSerializer,
        clock: systemClock,
      },
      options,
    );
    const { connection, group, topic, retryTopic, deadLetterTopic, clock, invisibleMs, pollMs } =
      this.#options;
    this.initializeSerializer({});
    this.initializeDeserializer({});
    // During an outage each held request adds a listener.
    setMaxListeners(0, this.#stopReceiving.signal, this.#stopHandling.signal);
    const log = connection.log ?? this.logger;
    this.#log = log;
    this.#listeners = new Listeners(RocketMqServer.name, log, ['late', 'orphaned']);
    const metrics = new ServerMetrics(group, options.metrics);
    this.#consumer = new GroupConsumer(connection, {
      group,
      topics: [topic, retryTopic],
      invisibleMs,
      pollMs,
      clock,
      log,
      onStatus: (status) => this._status$.next(status),
    });
    this.#retryProducer = new TopicProducer(retryTopic, connection, { clock, log });
    this.#deadLetterProducer = new TopicProducer(deadLetterTopic, connection, { clock, log });
    this.#availability = new Availability(clock, (available, reason) => {
      metrics.paused(!available);
      if (available) log.log('dependency available again, receiving resumed');
      else log.warn('dependency unavailable, receiving paused', { reason });
    });
    const processor = new MessageProcessor({
      // The tag is already the normalized pattern. `getHandlerByPattern` would throw and catch an error per request.
      handlerOf: (pattern) => this.messageHandlers.get(pattern) ?? null,
      group,
      withHooks: (context, work) => this.#withHooks(context, work),
      replies: this.#options.replies,
      onUndelivered: (delivery, reply) =>
        this.#listeners.emit(delivery === 'not-held' ? 'late' : 'orphaned', reply),
      failureRouter: new FailureRouter(this.#retryProducer, this.#deadLetterProducer, log),
      policyOf: (pattern) => this.#optionsOf(pattern).retryPolicy ?? this.#options.retryPolicy,
      limitOf: (pattern) => this.#limits.get(pattern),
      availability: this.#availability,
      serializer: this.#options.serializer,
      metrics,
      clock,
      log,
      signal: this.#stopHandling.signal,
    });
    this.#intake = new Intake({
      consumer: this.#consumer,
      processor,
      availability: this.#availability,
      concurrency: this.#options.concurrency,
      messagesPerReceive: this.#options.messagesPerReceive,
      clock,
      log,
      signal: this.#stopReceiving.signal,
    });
  }

  /** The current state of the connection to the broker. */
  get connection(): ConnectionStatus {
    return this.#consumer.status;
  }

  /** Whether receiving is paused because a dependency of the handlers is unavailable. */
  get paused(): boolean {
    return !this.#availability.available;
  }

  /**
   * Adds a handler. An event may have several, a request only one: otherwise it would be random which one answers.
   * @throws Error for a second handler of a pattern that is not an event
   */
  override addHandler(
    pattern: unknown,
    callback: MessageHandler,
    isEventHandler = false,
    extras: Record<string, unknown> = {},
  ): void {
    const { topic, group, tag }: HandlerExtras = extras;
    const isOurs =
      (topic === undefined || topic === this.#options.topic) &&
      (group === undefined || group === this.#options.group);
    if (!isOurs) return;
    const route = tag ?? this.normalizePattern(pattern as MsPattern);
    const known = this.messageHandlers.get(route);
    if (known && !(isEventHandler && known.isEventHandler === true)) {
      throw new Error(
        `two handlers for pattern ${route}: keep one, or make both @EventPattern if no answer is needed`,
      );
    }
    super.addHandler(route, callback, isEventHandler, extras);
  }

  /** Starts to receive. Does not wait for the broker: it connects in the background. */
  override listen(callback: (error?: unknown) => void): void {
    const { topic, retryTopic, receivers } = this.#options;
    if (this.messageHandlers.size === 0) {
      callback(
        new Error(`no handler for topic ${topic}: add a controller with @MessagePattern to the module`),
      );
      return;
    }
    try {
      this.#setLimits();
    } catch (error) {
      callback(error);
      return;
    }
    this.#consumer.start();
    this.#retryProducer.start();
    this.#deadLetterProducer.start();
    for (let i = 0; i < receivers; i++) this.#intake.receive(topic);
    this.#intake.receive(retryTopic);
    const { health, clock } = this.#options;
    if (health) this.#watching = watchHealth(health, this.#availability, clock, this.#stopReceiving.signal);
    callback();
  }

  /** Stops receiving, finishes the requests that it holds within `stopWithinMs`, and closes the connections. */
  override close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  /**
   * Adds a listener to one of its events. Errors of the listener are logged.
   * @throws Error when there is no such event
   */
  override on<K extends keyof RocketMqServerEvents, C extends RocketMqServerEvents[K]>(
    event: K,
    listener: C,
  ): void {
    this.#listeners.on(event, listener);
  }

  /** The consumer of its group. */
  override unwrap<T = GroupConsumer>(): T {
    return this.#consumer as T;
  }

  #optionsOf(pattern: string): PatternOptions {
    const extras: HandlerExtras = this.messageHandlers.get(pattern)?.extras ?? {};
    return { ...extras, ...this.#options.patterns[pattern] };
  }

  /** @throws Error for options of a pattern without a handler, or an invalid concurrency */
  #setLimits(): void {
    const { patterns, topic, clock, concurrency: max } = this.#options;
    const unknown = Object.keys(patterns).find((pattern) => !this.messageHandlers.has(pattern));
    if (unknown !== undefined)
      throw new Error(
        `options for pattern ${unknown}, which has no handler on topic ${topic}: add a handler, or remove the options`,
      );
    // The other half is for requests that do not wait.
    const budget = new WaitingBudget(max / 2);
    for (const pattern of this.messageHandlers.keys()) {
      const { concurrency } = this.#optionsOf(pattern);
      if (concurrency !== undefined) this.#limits.set(pattern, new PatternLimit(concurrency, budget, clock));
    }
  }

  /** Nest's start hook decides when the work starts; the end hook is called exactly once. */
  #withHooks(context: RocketMqContext, work: () => Promise<HandlerResult>): Promise<HandlerResult> {
    return new Promise((resolve, reject) => {
      const begin = async () => {
        try {
          resolve(await work());
        } catch (error) {
          reject(error);
        } finally {
          this.onProcessingEndHook?.(this.transportId, context);
        }
      };
      this.onProcessingStartHook(this.transportId, context, begin);
    });
  }

  async #close(): Promise<void> {
    const { clock, stopWithinMs } = this.#options;
    this.#stopReceiving.abort();
    // Set before waiting, because a receive loop may itself wait for handlers.
    const timeout = clock.setTimeout(() => this.#stopHandling.abort(), stopWithinMs);
    // A handler that never ends must not keep the process alive: its message will be redelivered.
    await Promise.race([Promise.all([this.#intake.drained(), this.#watching]), this.#givenUp()]);
    timeout.clear();
    this.#stopHandling.abort();
    const { messages } = this.#intake;
    if (messages > 0)
      this.#log.warn('shutdown timed out, unfinished messages will be redelivered', { messages });
    await this.#consumer.close();
    await Promise.all([this.#retryProducer.close(), this.#deadLetterProducer.close()]);
  }

  /** Resolves shortly after handlers were aborted, so that messages of handlers that end are released. */
  #givenUp(): Promise<void> {
    return new Promise((resolve) => {
      this.#stopHandling.signal.addEventListener('abort', () =>
        this.#options.clock.setTimeout(resolve, RELEASE_MS),
      );
    });
  }
}
