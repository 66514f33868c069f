import { Logger } from '@nestjs/common';
import { sleep, systemClock, type Clock } from '@seckill/clock';
import { decodeEnvelope, encodeEnvelope, type EnvelopeRequest } from '../envelope.js';
import type { RocketMqConnection } from '../rocketmq/connection.js';
import { GroupConsumer } from '../rocketmq/group-consumer.js';
import { withDefaults } from '../with-defaults.js';
import type { HeldMessage } from '../rocketmq/held-message.js';
import { TopicProducer } from '../rocketmq/topic-producer.js';
import { PARKED } from './set-aside.js';

/** Where dead letters are, and where they go when they are replayed. */
export interface DeadLettersOptions {
  connection: RocketMqConnection;
  /** A group for operators, not that of the handlers. */
  group: string;
  deadLetterTopic: string;
  /** Where handlers receive. */
  topic: string;
  /** How long letters that are being looked at are kept from other operators, in ms. @default 30000 */
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
  /** Undefined for a message that came without one. */
  readonly pattern: string | undefined;
  /** Undefined when the body is no envelope. */
  readonly requests: readonly EnvelopeRequest[] | undefined;
  readonly body: Buffer;
}

/** What is to be done with a letter. */
export type Sentence = 'keep' | 'replay' | 'drop';

/** Receives that bring nothing before all letters are taken for seen. Queues are asked at random. */
const EMPTY_RECEIVES = 3;
const MESSAGES_PER_RECEIVE = 16;
const DEFAULT_LIMIT = 10_000;
const SEND_TRIES = 3;
/** How soon kept letters can be seen again, in ms; the broker has a lower bound of its own. */
const BACK_AFTER_MS = 1_000;

/** What was parked, for operators: look at it, send it to the handlers again, or drop it for good. */
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
   * Goes through the letters once and does with each what `judge` says: only after all were seen, or what is replayed
   * and parked again at once would be met again and again. A letter is gone only after it was replayed or dropped for
   * certain; a crash between the two replays it twice, which handlers bear.
   * @param limit letters at most; all of them are held in memory meanwhile
   * @returns the letters and what was done with each
   */
  async goThrough(
    judge: (letter: DeadLetter) => Sentence,
    limit = DEFAULT_LIMIT,
  ): Promise<{ letter: DeadLetter; sentence: Sentence }[]> {
    const held = new Map<string, HeldMessage>();
    try {
      for (let empty = 0; empty < EMPTY_RECEIVES && held.size < limit;) {
        const most = Math.min(MESSAGES_PER_RECEIVE, limit - held.size);
        const messages = await this.#consumer.receive(this.#options.deadLetterTopic, most);
        empty = messages.length === 0 ? empty + 1 : 0;
        for (const message of messages) held.set(message.id, message);
      }
      const judged: { letter: DeadLetter; sentence: Sentence }[] = [];
      for (const message of held.values()) {
        const letter = toLetter(message);
        const sentence = judge(letter);
        if (sentence !== 'keep') await this.#carryOut(sentence, letter, message);
        judged.push({ letter, sentence });
      }
      return judged;
    } finally {
      // Those that are acked are not released any more.
      await Promise.all(Array.from(held.values(), (message) => message.release(BACK_AFTER_MS)));
    }
  }

  async close(): Promise<void> {
    await Promise.all([this.#consumer.close(), this.#producer.close()]);
  }

  async #carryOut(sentence: 'replay' | 'drop', letter: DeadLetter, message: HeldMessage): Promise<void> {
    if (sentence === 'replay') await this.#replay(letter);
    if (!(await message.ack())) throw new Error(`the broker did not take the end of letter ${letter.id}`);
  }

  /** Its failures are forgotten: somebody has mended what they came from. */
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
        if (attempt === SEND_TRIES) throw error;
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
