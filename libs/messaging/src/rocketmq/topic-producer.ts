import type { Clock } from '@seckill/clock';
import type { Log } from '@seckill/log';
import { SendError } from '../errors.js';
import type { RocketMqConnection } from './connection.js';
import { KeepConnected, type ConnectionStatus } from './keep-connected.js';
import { silentClientLogger } from './silent-client-logger.js';
import { PatchedProducer } from './patches.js';
import { toSendError } from './send-errors.js';

/** A message to be sent to a topic. */
export interface OutgoingMessage {
  body: Buffer;
  tag?: string;
  keys?: string[];
  /** ms until it is delivered; for DELAY topics. */
  delayMs?: number;
  properties?: Record<string, string>;
}

/** After this many failed sends in a row the client is replaced: it never refreshes its routes. */
const FAILURES_BEFORE_RESTART = 20;

/**
 * Sends to one topic. One topic per producer, because the start of a producer with several topics may hang. It does not
 * retry: the client's own retries would hide whether an earlier attempt may have been stored.
 */
export class TopicProducer {
  readonly #topic: string;
  readonly #connection: KeepConnected<PatchedProducer>;
  #failures = 0;

  constructor(
    topic: string,
    connection: RocketMqConnection,
    { clock, log, onStatus }: { clock: Clock; log: Log; onStatus?: (status: ConnectionStatus) => void },
  ) {
    this.#topic = topic;
    this.#connection = new KeepConnected({
      name: `producer of ${topic}`,
      hint: `the topic must exist: mqadmin updateTopic -c DefaultCluster -t ${topic} -a +message.type=NORMAL, or DELAY`,
      create: () => new PatchedProducer({ ...clientOptions(connection), topic, maxAttempts: 1 }),
      clock,
      log,
      ...(onStatus && { onStatus }),
    });
  }

  get status(): ConnectionStatus {
    return this.#connection.status;
  }

  /** Starts to connect in the background. */
  start(): void {
    this.#connection.start();
  }

  /** Resolves when it is connected, when it is closed, or after `ms`. */
  connected(ms: number): Promise<void> {
    return this.#connection.connected(ms);
  }

  /**
   * Sends once, and resolves when the broker has stored the message.
   * @throws SendError; its `certain` says whether the broker has certainly not stored it
   */
  async send({ body, tag, keys, delayMs, properties }: OutgoingMessage): Promise<void> {
    const producer = this.#connection.current;
    if (!producer) throw new SendError(`not connected to RocketMQ (${this.#topic})`, true);
    try {
      await producer.send({
        topic: this.#topic,
        body,
        ...(tag !== undefined && { tag }),
        ...(keys && { keys }),
        ...(delayMs !== undefined && { delay: delayMs }),
        ...(properties && { properties: new Map(Object.entries(properties)) }),
      });
      this.#failures = 0;
    } catch (cause) {
      if (++this.#failures % FAILURES_BEFORE_RESTART === 0) {
        this.#connection.restart(producer, `${this.#failures} sends failed in a row`);
      }
      throw toSendError(cause);
    }
  }

  close(): Promise<void> {
    return this.#connection.close();
  }
}

/** Options of every client of the broker. */
export function clientOptions({ endpoints, credentials, tls, requestTimeoutMs = 3_000 }: RocketMqConnection) {
  return {
    endpoints,
    namespace: '',
    requestTimeout: requestTimeoutMs,
    logger: silentClientLogger,
    ...(tls && { sslEnabled: true, tls }),
    ...(credentials && { sessionCredentials: credentials }),
  };
}
