import type { Clock } from '@seckill/clock';
import type { Log } from '@seckill/log';
import type { MessageView } from 'rocketmq-client-nodejs';
import type { RocketMqConnection } from './connection.js';
import { HeldMessage } from './held-message.js';
import { KeepConnected, type ConnectionStatus } from './keep-connected.js';
import { PatchedConsumer } from './patches.js';
import { clientOptions } from './topic-producer.js';

/** Options of a consumer: what it receives, and how long it holds messages. */
export interface GroupConsumerOptions {
  group: string;
  topics: readonly string[];
  /** Invisible time of a received message, in ms. It is renewed while the message is held. */
  invisibleMs: number;
  /** Longest that one receive waits for a message, in ms. */
  pollMs: number;
  clock: Clock;
  log: Log;
  onStatus?: (status: ConnectionStatus) => void;
}

/** After this many failed receives in a row the client is replaced. */
const FAILURES_BEFORE_RESTART = 10;

/**
 * Receives for one consumer group. Every consumer of the group subscribes to the same topics, as RocketMQ requires;
 * each `receive` chooses one of them. The invisible time of held messages is renewed until they are settled.
 */
export class GroupConsumer {
  readonly #options: GroupConsumerOptions;
  readonly #connection: KeepConnected<PatchedConsumer>;
  readonly #held = new Set<HeldMessage>();
  readonly #closed = new AbortController();
  #failures = 0;

  constructor(connection: RocketMqConnection, options: GroupConsumerOptions) {
    this.#options = options;
    const { group, topics, pollMs, clock, log, onStatus } = options;
    this.#connection = new KeepConnected({
      name: `consumer of group ${group}`,
      hint:
        `topics ${topics.join(', ')} and the group must exist: ` +
        `mqadmin updateSubGroup -c DefaultCluster -g ${group} -r 1000000`,
      create: () =>
        new PatchedConsumer({
          ...clientOptions(connection),
          consumerGroup: group,
          subscriptions: new Map(topics.map((topic) => [topic, '*'])),
          awaitDuration: pollMs,
        }),
      clock,
      log,
      ...(onStatus && { onStatus }),
    });
  }

  get status(): ConnectionStatus {
    return this.#connection.status;
  }

  /** How many messages are held. */
  get held(): number {
    return this.#held.size;
  }

  /** Starts to connect in the background, and to renew held messages. */
  start(): void {
    this.#connection.start();
    this.#scheduleRenewal();
  }

  /** Resolves when it is connected, when it is closed, or after `ms`. */
  connected(ms: number): Promise<void> {
    return this.#connection.connected(ms);
  }

  /**
   * Waits up to `pollMs` for messages of one topic. Returns an empty array when there were none.
   * @throws when it is not connected or the broker fails; pause before you call again
   */
  async receive(topic: string, maxMessages: number): Promise<HeldMessage[]> {
    const consumer = this.#connection.current;
    if (!consumer) throw new Error('not connected to RocketMQ');
    try {
      const messages = await consumer.receiveFrom(topic, maxMessages, this.#options.invisibleMs);
      this.#failures = 0;
      return messages.map((message) => this.#hold(consumer, message));
    } catch (cause) {
      if (++this.#failures % FAILURES_BEFORE_RESTART === 0) {
        this.#connection.restart(consumer, `${this.#failures} receives failed in a row: ${String(cause)}`);
      }
      throw cause;
    }
  }

  /** Closes the connection. Messages that are still held will be redelivered. */
  async close(): Promise<void> {
    this.#closed.abort();
    await this.#connection.close();
  }

  #hold(consumer: PatchedConsumer, message: MessageView): HeldMessage {
    const { clock, invisibleMs } = this.#options;
    const held = new HeldMessage(consumer, message, clock.now(), invisibleMs, () => this.#held.delete(held));
    this.#held.add(held);
    return held;
  }

  #scheduleRenewal(): void {
    const { clock, invisibleMs } = this.#options;
    if (this.#closed.signal.aborted) return;
    clock.setTimeout(() => {
      for (const held of this.#held) held.renewIfDue(clock.now());
      this.#scheduleRenewal();
    }, invisibleMs / 6);
  }
}
