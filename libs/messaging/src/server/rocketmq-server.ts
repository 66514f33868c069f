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
import { PatternLimit, WaitingRoom } from './pattern-limit.js';
import { defaultRetryPolicy, SetAside, type RetryPolicy } from './set-aside.js';
import { withDefaults } from '../with-defaults.js';

/** What a server receives, how much at once, and where trouble goes. */
export interface RocketMqServerOptions {
  connection: RocketMqConnection;
  /** Consumer group. It must exist, with a retry limit so high that the broker never decides. */
  group: string;
  /** The topic of all its patterns, type NORMAL. */
  topic: string;
  /** Where a request that failed waits for its next try, type DELAY. */
  retryTopic: string;
  /** Where a request ends that nobody can handle, type NORMAL. */
  deadLetterTopic: string;
  /** Takes answers to whoever waits. The server does not close it. */
  replies: ReplySender;
  /** Requests handled at once; receiving waits while there are as many. @default 4096 */
  concurrency?: number;
  /** Receives in the air at once. @default 4 */
  receivers?: number;
  /** Most messages of one receive. @default 16 */
  messagesPerReceive?: number;
  /** After this many ms without a renewal a message is given to somebody else. @default 5000 */
  invisibleMs?: number;
  /** Longest that one receive waits, in ms: also how long stopping may take when idle. @default 5000 */
  pollMs?: number;
  /** How long `close()` waits for what is being handled, in ms. @default 10000 */
  stopWithinMs?: number;
  /** For patterns that have none of their own. @default defaultRetryPolicy */
  retryPolicy?: RetryPolicy;
  /** What differs for single patterns. Goes before what their decorators say. @default nothing */
  patterns?: Readonly<Record<string, PatternOptions>>;
  /**
   * Rejects while something is away that handlers cannot do without. Asked once a second; receiving pauses meanwhile,
   * as it does when a handler throws UnavailableError. @default what handlers throw is all that is known
   */
  health?: () => Promise<void>;
  /** @default JSON */
  serializer?: PayloadSerializer;
  /** @default systemClock */
  clock?: Clock;
  /** Where its metrics are shown. @default a registry of their own */
  metrics?: Registry;
}

/**
 * What a server tells besides its status: `server.on('orphaned', (reply) => …)`. Both are counted, too. The request was
 * handled all the same, and its message is acked.
 */
export type RocketMqServerEvents = {
  /** The process that asked is there, but waits no longer: it timed out, cancelled, or has been answered before. */
  late: (reply: UndeliveredReply) => void;
  /** The process that asked has gone, or did not take the answer in time. */
  orphaned: (reply: UndeliveredReply) => void;
};

/** How long handlers that were told to stop may take to hand back what they hold, in ms. */
const HAND_BACK_MS = 500;

/** The transport, for handlers of one transport only: `@MessagePattern('sum', ROCKETMQ)`. */
export const ROCKETMQ = Symbol('RocketMQ');

/**
 * Nest transport strategy for RocketMQ: one ordinary `@MessagePattern` handler per request, many at once, acked out
 * of order. A request that fails is moved aside and does not hold up the rest; when a handler throws
 * `UnavailableError` receiving pauses instead.
 */
export class RocketMqServer extends Server<RocketMqServerEvents> implements CustomTransportStrategy {
  override readonly transportId = ROCKETMQ;
  /** A handler of an event that fails is run again, as one of a message is. */
  override readonly propagatesEventHandlerErrors = true;
  protected override readonly logger = new Logger(RocketMqServer.name);
  readonly #options: Required<Omit<RocketMqServerOptions, 'metrics' | 'health'>> &
    Pick<RocketMqServerOptions, 'health'>;
  readonly #log: Log;
  readonly #listeners: Listeners<RocketMqServerEvents>;
  readonly #consumer: GroupConsumer;
  readonly #retries: TopicProducer;
  readonly #dead: TopicProducer;
  readonly #availability: Availability;
  readonly #intake: Intake;
  /** Of patterns that have a concurrency of their own. */
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
    // During an outage every request that is held listens to them.
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
    this.#retries = new TopicProducer(retryTopic, connection, { clock, log });
    this.#dead = new TopicProducer(deadLetterTopic, connection, { clock, log });
    this.#availability = new Availability(clock, (available, reason) => {
      metrics.paused(!available);
      if (available) log.log('handlers get through again, receiving');
      else log.warn('receiving is paused, since handlers do not get through', { reason });
    });
    const processor = new MessageProcessor({
      // A tag is the route already: what `getHandlerByPattern` does to a pattern would throw and catch for each request.
      handlerOf: (pattern) => this.messageHandlers.get(pattern) ?? null,
      group,
      withHooks: (context, work) => this.#withHooks(context, work),
      replies: this.#options.replies,
      onUndelivered: (delivery, reply) =>
        this.#listeners.tell(delivery === 'not-held' ? 'late' : 'orphaned', reply),
      setAside: new SetAside(this.#retries, this.#dead, log),
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

  /** The state of the connection to the broker now. */
  get connection(): ConnectionStatus {
    return this.#consumer.status;
  }

  /** Whether receiving is paused because handlers cannot reach what they depend on. */
  get paused(): boolean {
    return !this.#availability.available;
  }

  /**
   * Takes a handler. An event may have several, a request only one: which of two answered would be left to chance.
   * @throws Error for a second handler of a pattern that is not an event's
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
        `two handlers for pattern ${route}: keep one, or make both @EventPattern if nobody waits for an answer`,
      );
    }
    super.addHandler(route, callback, isEventHandler, extras);
  }

  /** Starts to receive. Does not wait for the broker: it connects as soon as that can be reached. */
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
    this.#retries.start();
    this.#dead.start();
    for (let i = 0; i < receivers; i++) this.#intake.receive(topic);
    this.#intake.receive(retryTopic);
    const { health, clock } = this.#options;
    if (health) this.#watching = watchHealth(health, this.#availability, clock, this.#stopReceiving.signal);
    callback();
  }

  /** Stops receiving, finishes what it holds (within a bound), and closes the connections. */
  override close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  /**
   * Listens to one of its events. What the listener throws is logged.
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

  /** @throws Error for options of a pattern that has no handler, or that make no sense */
  #setLimits(): void {
    const { patterns, topic, clock, concurrency: max } = this.#options;
    const unknown = Object.keys(patterns).find((pattern) => !this.messageHandlers.has(pattern));
    if (unknown !== undefined)
      throw new Error(
        `options for pattern ${unknown}, which has no handler on topic ${topic}: add one, or drop them`,
      );
    // The other half is for those that wait for nobody.
    const room = new WaitingRoom(max / 2);
    for (const pattern of this.messageHandlers.keys()) {
      const { concurrency } = this.#optionsOf(pattern);
      if (concurrency !== undefined) this.#limits.set(pattern, new PatternLimit(concurrency, room, clock));
    }
  }

  /** Nest's start hook decides when the work begins; its end hook runs exactly once. */
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
    // From now on: a loop may itself be waiting for handlers that do not get through.
    const patience = clock.setTimeout(() => this.#stopHandling.abort(), stopWithinMs);
    // A handler that never ends must not keep the process: what it holds comes again, to somebody else.
    await Promise.race([Promise.all([this.#intake.drained(), this.#watching]), this.#givenUp()]);
    patience.clear();
    this.#stopHandling.abort();
    const { messages } = this.#intake;
    if (messages > 0) this.#log.warn('messages were not finished in time and come again', { messages });
    await this.#consumer.close();
    await Promise.all([this.#retries.close(), this.#dead.close()]);
  }

  /** Resolves a little after handlers were told to stop: those that listen hand their messages back meanwhile. */
  #givenUp(): Promise<void> {
    return new Promise((resolve) => {
      this.#stopHandling.signal.addEventListener('abort', () =>
        this.#options.clock.setTimeout(resolve, HAND_BACK_MS),
      );
    });
  }
}
