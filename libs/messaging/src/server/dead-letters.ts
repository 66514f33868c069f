import { Logger } from '@nestjs/common';
import { sleep, systemClock, type Clock } from '@seckill/clock';
import { decodeEnvelope, encodeEnvelope, type EnvelopeRequest } from '../envelope.js';
import type { RocketMqConnection } from '../rocketmq/connection.js';
import { GroupConsumer } from '../rocketmq/group-consumer.js';
import { withDefaults } from '../with-defaults.js';
import type { HeldMessage } from '../rocketmq/held-message.js';
import { TopicProducer } from '../rocketmq/topic-producer.js';
import { PARKED } from './failure-router.js';

/** Where dead letters are, and where they are replayed to. */
export interface DeadLettersOptions {
  connection: RocketMqConnection;
  /** A consumer group for operators, not the group of the handlers. */
  group: string;
  deadLetterTopic: string;
  /** The topic of the handlers. */
  topic: string;
  /** How long letters under review are invisible to other operators, in ms. @default 30000 */
  invisibleMs?: number;
  /** How long to wait for the connection, in ms. @default 10000 */
  connectTimeoutMs?: number;
  /** @default systemClock */
  clock?: Clock;
}

/** A message that was parked. */
export interface DeadLetter {
  /** The broker's id of the parked message. */
  readonly id: string;
  readonly reason: string;
  /** The topic it was received from. */
  readonly from: string;
  /** Undefined for a message without a tag. */
  readonly pattern: string | undefined;
  /** Undefined when the body is not an envelope. */
  readonly requests: readonly EnvelopeRequest[] | undefined;
  readonly body: Buffer;
}

/** What to do with a dead letter. */
export type DeadLetterAction = 'keep' | 'replay' | 'drop';

/** After this many empty receives all letters have been seen. More than one, because each asks a random queue. */
const EMPTY_RECEIVES = 3;
const MESSAGES_PER_RECEIVE = 16;
const DEFAULT_LIMIT = 10_000;
const SEND_ATTEMPTS = 3;
/** How soon kept letters are visible again, in ms; the broker has a minimum of its own. */
const VISIBLE_AFTER_MS = 1_000;

/** Parked messages, for operators: list them, send them to the handlers again, or drop them for good. */
export class DeadLetters {
  readonly #options: Required<DeadLettersOptions>;
  readonly #consumer: GroupConsumer;
  readonly #producer: TopicProducer;

  constructor(options: DeadLettersOptions) {
    this.#options = withDefaults(
      { invisibleMs: 30_000, connectTimeoutMs: 10_000, clock: systemClock },
      options,
    );
    const { connection, group, deadLetterTopic, topic, invisibleMs, clock } = this.#options;
    const log = connection.log ?? new Logger(DeadLetters.name);
    this.#consumer = new GroupConsumer(connection, {
      group,
      topics: [deadLetterTopic],
      invisibleMs,
      pollMs: 1_000,
      clock,
      log,
    });
    this.#producer = new TopicProducer(topic, connection, { clock, log });
  }

  /** @throws Error when RocketMQ cannot be reached within `connectTimeoutMs` */
  async connect(): Promise<void> {
    const { connectTimeoutMs, deadLetterTopic, topic, group, connection } = this.#options;
    this.#consumer.start();
    this.#producer.start();
    await Promise.all([
      this.#consumer.connected(connectTimeoutMs),
      this.#producer.connected(connectTimeoutMs),
    ]);
    if (this.#consumer.status !== 'connected' || this.#producer.status !== 'connected') {
      throw new Error(
        `RocketMQ at ${connection.endpoints} does not answer, or lacks topic ${deadLetterTopic}, topic ${topic} or group ${group}`,
      );
    }
  }

  /**
   * Reads all letters once, then applies to each the action that `decide` returns. All are read before any is replayed,
   * because a letter that is parked again at once would be read again and again. A letter is acked only after its
   * replay was confirmed; a crash between the two replays it twice, which handlers must tolerate.
   * @param limit most letters; all of them are held in memory meanwhile
   * @returns the letters and the action for each
   */
  async review(
    decide: (letter: DeadLetter) => DeadLetterAction,
    limit = DEFAULT_LIMIT,
  ): Promise<{ letter: DeadLetter; action: DeadLetterAction }[]> {
    const held = new Map<string, HeldMessage>();
    try {
      for (let empty = 0; empty < EMPTY_RECEIVES && held.size < limit;) {
        const maxMessages = Math.min(MESSAGES_PER_RECEIVE, limit - held.size);
        const messages = await this.#consumer.receive(this.#options.deadLetterTopic, maxMessages);
        empty = messages.length === 0 ? empty + 1 : 0;
        for (const message of messages) held.set(message.id, message);
      }
      const reviewed: { letter: DeadLetter; action: DeadLetterAction }[] = [];
      for (const message of held.values()) {
        const letter = toLetter(message);
        const action = decide(letter);
        if (action !== 'keep') await this.#apply(action, letter, message);
        reviewed.push({ letter, action });
      }
      return reviewed;
    } finally {
      // This has no effect on letters that were acked.
      await Promise.all(Array.from(held.values(), (message) => message.release(VISIBLE_AFTER_MS)));
    }
  }

  async close(): Promise<void> {
    await Promise.all([this.#consumer.close(), this.#producer.close()]);
  }

  async #apply(action: 'replay' | 'drop', letter: DeadLetter, message: HeldMessage): Promise<void> {
    if (action === 'replay') await this.#replay(letter);
    if (!(await message.ack())) throw new Error(`the broker did not accept the ack of letter ${letter.id}`);
  }

  /** The count of failures starts again: their cause has been fixed. */
  async #replay({ pattern, requests, body }: DeadLetter): Promise<void> {
    const fresh = requests?.map((request) => ({ ...request, failures: 0 }));
    const outgoing = {
      body: fresh ? encodeEnvelope({ replyTo: '', requests: fresh }) : body,
      ...(pattern !== undefined && { tag: pattern }),
    };
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#producer.send(outgoing);
      } catch (error) {
        if (attempt === SEND_ATTEMPTS) throw error;
        await sleep(this.#options.clock, 200 * attempt);
      }
    }
  }
}

function toLetter(message: HeldMessage): DeadLetter {
  const { id, tag, body, properties } = message;
  return {
    id,
    reason: properties[PARKED.reason] ?? 'unknown',
    from: properties[PARKED.topic] ?? 'unknown',
    pattern: tag,
    requests: requestsOf(body),
    body,
  };
}

function requestsOf(body: Buffer): readonly EnvelopeRequest[] | undefined {
  try {
    return decodeEnvelope(body).requests;
  } catch {
    return undefined;
  }
}
