import { ClientProxy, type ReadPacket, type WritePacket } from '@nestjs/microservices';
import { Logger } from '@nestjs/common';
import { systemClock, type Clock } from '@seckill/clock';
import type { Registry } from 'prom-client';
import { Observable } from 'rxjs';
import { sizeOfRequest, type EnvelopeRequest } from '../envelope.js';
import {
  ClosedError,
  MaybeSentError,
  NotSentError,
  RequestError,
  SendError,
  type RequestFacts,
} from '../errors.js';
import { Listeners } from '../listeners.js';
import { ClientMetrics, type SendEnd } from '../metrics.js';
import { expiryOf, toRecord, type RocketMqRecord } from '../record.js';
import type { Reply, ReplySubscription, ReplyReceiver } from '../replies/reply-channel.js';
import type { RocketMqConnection } from '../rocketmq/connection.js';
import type { ConnectionStatus } from '../rocketmq/keep-connected.js';
import { TopicProducer, type OutgoingMessage } from '../rocketmq/topic-producer.js';
import { jsonSerializer, type PayloadSerializer } from '../serializer.js';
import { endCreate, startCreate, traceSend } from '../tracing.js';
import { EnvelopeSender } from './envelope-sender.js';
import { PendingRequest, type RequestHost } from './pending-request.js';
import { WaitingRequests } from './waiting-requests.js';
import { withDefaults } from '../with-defaults.js';

/** Options of a client: how it sends and waits, and its bounds. */
export interface RocketMqClientOptions {
  connection: RocketMqConnection;
  /** The topic of all its patterns. A pattern is a tag. */
  topic: string;
  /** Receives the answers. Clients of one process may share it; it closes with the last of them. */
  replies: ReplyReceiver;
  /** How long `send()` waits unless the record says otherwise, in ms. @default 5000 */
  defaultTimeoutMs?: number;
  /** Requests that may wait for answers at once; further ones are refused before they are sent. @default 20000 */
  maxWaiting?: number;
  /** Most requests in one envelope. @default 256 */
  maxBatchSize?: number;
  /** Envelopes of one pattern in flight at once. More only make them smaller. @default 1 */
  maxInFlight?: number;
  /** Most bytes in one envelope; a single request must fit. The broker's own limit is 4 MB. @default 1000000 */
  maxBatchBytes?: number;
  /** How long `connect()` waits, in ms; after that the client keeps trying in the background. @default 3000 */
  connectTimeoutMs?: number;
  /** For how long a failed send is retried, in ms. @default 1000 */
  retryForMs?: number;
  /** @default JSON */
  serializer?: PayloadSerializer;
  /** The source of time. @default systemClock */
  clock?: Clock;
  /** The registry of its metrics. @default a registry of its own */
  metrics?: Registry;
}

/** A reply whose request does not wait any more. */
export interface LateReply {
  /** The business identity of its request. */
  requestId: string;
  /** Its position among several answers. */
  index: number;
}

/** Events of a client, beside its status: `client.on('late', (reply) => …)`. */
export type RocketMqClientEvents = {
  /** An answer came after its request had ended: timed out, cancelled, or already answered. Also a metric. */
  late: (reply: LateReply) => void;
};

/**
 * Nest client for RocketMQ whose `send()` is answered directly: the answer comes by gRPC to this process, not through a
 * reply topic.
 *
 * `send()` is cold and times out by default; unsubscribing frees the waiter and withdraws a request that has not left.
 * `emit()` resolves once the broker has stored the message; sent to a `@MessagePattern`, the handler runs and its
 * result is dropped. Errors are those of `errors.ts`.
 */
export class RocketMqClient extends ClientProxy<RocketMqClientEvents> {
  readonly #options: Required<Omit<RocketMqClientOptions, 'metrics' | 'connection'>>;
  readonly #log = new Logger(RocketMqClient.name);
  readonly #producer: TopicProducer;
  readonly #sender: EnvelopeSender;
  readonly #waiting: WaitingRequests<Reply>;
  readonly #host: RequestHost;
  readonly #metrics: ClientMetrics;
  readonly #replies: ReplySubscription;
  readonly #listeners: Listeners<RocketMqClientEvents>;
  #connecting: Promise<void> | undefined;
  #closed = false;

  constructor(options: RocketMqClientOptions) {
    super();
    this.#options = withDefaults(
      {
        defaultTimeoutMs: 5_000,
        maxWaiting: 20_000,
        maxBatchSize: 256,
        maxInFlight: 1,
        maxBatchBytes: 1_000_000,
        connectTimeoutMs: 3_000,
        retryForMs: 1_000,
        serializer: jsonSerializer,
        clock: systemClock,
      },
      options,
    );
    const { clock, maxWaiting, maxBatchSize, maxInFlight, maxBatchBytes } = this.#options;
    const { retryForMs, replies } = this.#options;
    this.initializeSerializer({});
    this.initializeDeserializer({});
    const log = options.connection.log ?? this.#log;
    this.#listeners = new Listeners(RocketMqClient.name, log, ['late']);
    this.#metrics = new ClientMetrics(
      options.topic,
      { waiting: () => this.#waiting.size, buffered: () => this.#sender.waiting },
      options.metrics,
    );
    this.#replies = replies.attach((reply) => this.#settle(reply));
    this.#waiting = new WaitingRequests(maxWaiting, clock, this.#replies.firstCorrelationId);
    this.#producer = new TopicProducer(options.topic, options.connection, {
      clock,
      log,
      onStatus: (status) => this._status$.next(status),
    });
    this.#sender = new EnvelopeSender({
      send: (message, requests) => this.#send(message, requests),
      replyTo: replies.instanceId,
      maxBatchSize,
      maxInFlight,
      maxBatchBytes,
      maxWaiting,
      maxWaitMs: 5_000,
      lateAfterMs: 1_000,
      retryForMs,
      onAbandoned: (requests, reason) => this.#metrics.abandoned(requests, reason),
      clock,
    });
    const { serializer } = this.#options;
    this.#host = {
      waiting: this.#waiting,
      sender: this.#sender,
      clock,
      deserialize: (bytes, pattern) => serializer.deserialize(bytes, { pattern }),
      isClosing: () => this.#closed,
      onEnd: (outcome, span, error) => {
        this.#metrics.settled(outcome);
        endCreate(span, outcome, error);
      },
    };
  }

  /** The current state of the connection to the broker. */
  get connection(): ConnectionStatus {
    return this.#producer.status;
  }

  /** Requests that wait for answers now. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /**
   * Listens for answers and connects to the broker. The first call resolves when connected, or after `connectTimeoutMs`
   * while the client keeps trying; later calls do not wait, so that a request during an outage fails fast.
   */
  override connect(): Promise<void> {
    if (this.#connecting) return Promise.resolve();
    this.#connecting = this.#connect().catch((error: unknown) => {
      // The receiver could not listen, so there is no retry in the background: the next call tries again.
      this.#connecting = undefined;
      throw error;
    });
    return this.#connecting;
  }

  /** Ends all waits, withdraws requests that have not left, and closes the connection and its reply subscription. */
  override async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    // Waiters first: each withdraws its request if it has not left, and so knows that it was certainly not sent.
    this.#waiting.expireAll();
    this.#sender.close();
    await this.#sender.idle();
    await this.#replies.close();
    await this.#producer.close();
  }

  /**
   * Adds a listener to one of its events. Errors of the listener are logged.
   * @throws Error when there is no such event
   */
  override on<K extends keyof RocketMqClientEvents, C extends RocketMqClientEvents[K]>(
    event: K,
    listener: C,
  ): void {
    this.#listeners.on(event, listener);
  }

  /**
   * Like any Nest client's `send()`. After `connect()` was called it skips Nest's own `send()`, which takes a fifth of
   * the client's time per request.
   */
  override send<TResult = unknown, TInput = unknown>(pattern: unknown, data: TInput): Observable<TResult> {
    if (!this.#connecting || pattern == null || data == null) return super.send(pattern, data);
    return new Observable((observer) =>
      this.publish(this.createPacket(pattern, data), this.createObserver(observer)),
    );
  }

  /** The producer of its topic. */
  override unwrap<T = TopicProducer>(): T {
    return this.#producer as T;
  }

  protected override publish(packet: ReadPacket, callback: (packet: WritePacket) => void): () => void {
    const record = toRecord(packet.data);
    const pattern = this.normalizePattern(packet.pattern as string);
    const { message, timeoutMs = this.#options.defaultTimeoutMs } = record;
    let request: EnvelopeRequest;
    try {
      request = this.#toRequest(record, packet, pattern);
    } catch (err) {
      this.#metrics.settled(err instanceof ClosedError ? 'closed' : 'not-sent');
      callback({ err });
      return () => {};
    }
    const span = startCreate(this.#options.topic, pattern, request);
    // Closures here must not use the record: it would be kept, with its payload, as long as the request waits.
    const pending = new PendingRequest(this.#host, { pattern, request, message, span, callback });
    pending.start(timeoutMs);
    return () => pending.cancel();
  }

  protected override async dispatchEvent<T = void>(packet: ReadPacket): Promise<T> {
    const record = toRecord(packet.data);
    const pattern = this.normalizePattern(packet.pattern as string);
    const request = this.#toRequest(record, packet, pattern);
    const span = startCreate(this.#options.topic, pattern, request);
    const sending = await this.#sender.send(pattern, request, record.message);
    const elapsedMs = this.#options.clock.now() - request.sentAtMs;
    const facts = { pattern, requestId: record.requestId, elapsedMs };
    let error: RequestError | undefined;
    if (sending.sent === 'no') error = new NotSentError(sending.reason, facts, { cause: sending.cause });
    if (sending.sent === 'maybe') error = new MaybeSentError(facts, { cause: sending.cause });
    endCreate(span, EVENT_OUTCOMES[sending.sent], error);
    if (error) throw error;
    return undefined as T;
  }

  async #connect(): Promise<void> {
    await this.#replies.listen();
    this.#producer.start();
    await this.#producer.connected(this.#options.connectTimeoutMs);
  }

  /** @throws RequestError when it cannot be sent */
  #toRequest(record: RocketMqRecord, { metadata }: ReadPacket, pattern: string): EnvelopeRequest {
    const { data, requestId, headers, orderingKey, message } = record;
    const facts: RequestFacts = { pattern, requestId, elapsedMs: 0 };
    if (this.#closed) throw new ClosedError(true, facts);
    const now = this.#options.clock.now();
    const request: EnvelopeRequest = {
      requestId,
      correlationId: 0,
      payload: this.#options.serializer.serialize(data, { pattern: message?.tag ?? pattern }),
      // Safe integers: a number that cannot be encoded or decoded would make its whole envelope fail.
      sentAtMs: Math.floor(now),
      expiresAtMs: expiryOf(record, now),
      failures: 0,
      orderingKey,
      // Metadata of Nest's dispatch hook travels as headers.
      headers: metadata ? { ...lowerCased(metadata), ...headers } : headers,
    };
    const bytes = sizeOfRequest(request);
    if (bytes > this.#options.maxBatchBytes) {
      const reason = `the request takes ${bytes} bytes; at most ${this.#options.maxBatchBytes} are allowed`;
      throw new NotSentError(reason, facts);
    }
    return request;
  }

  /** One attempt to send an envelope. */
  async #send(message: OutgoingMessage, requests: readonly EnvelopeRequest[]): Promise<void> {
    const startedAt = performance.now();
    let end: SendEnd = 'unknown';
    try {
      await traceSend(this.#options.topic, requests, () => this.#producer.send(message));
      end = 'stored';
    } catch (error) {
      if (error instanceof SendError && error.certain) end = 'not-stored';
      throw error;
    } finally {
      this.#metrics.sent(requests.length, (performance.now() - startedAt) / 1_000, end);
    }
  }

  #settle(reply: Reply): boolean {
    const held = this.#waiting.settle(reply.correlationId, reply);
    if (held) return true;
    this.#metrics.late();
    this.#listeners.emit('late', { requestId: reply.requestId, index: reply.index });
    return false;
  }
}

/** Outcomes of an event, in the words of a request's outcomes. */
const EVENT_OUTCOMES = { yes: 'sent', no: 'not-sent', maybe: 'maybe-sent' } as const;

function lowerCased(metadata: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(metadata).map(([key, value]) => [key.toLowerCase(), value]));
}
