import { randomUUID } from 'node:crypto';
import type { GroupSpec, TopicSpec } from '@seckill/embedded';
import { PatchedConsumer, PatchedProducer } from '@seckill/messaging';
import type { MessageView, Producer } from 'rocketmq-client-nodejs';
import { waitFor } from '@tools/testbed';
import type { ConformanceBroker } from './brokers.js';
import { pushed } from './push-consumer.js';

type Message = Parameters<Producer['send']>[0];

/** What a test needs of its topic and groups; names are its own. */
export interface Wanted {
  readonly type?: TopicSpec['type'];
  readonly queues?: number;
  /** By the name that the test gives them. */
  readonly groups?: Readonly<Record<string, Partial<Omit<GroupSpec, 'name'>>>>;
}

const logger = { info() {}, warn() {}, error() {}, debug() {} };

/** Topics, groups and clients of one test, on one broker. */
export class Bench {
  readonly #broker: ConformanceBroker;
  readonly #id = randomUUID().slice(0, 8);
  readonly #clients: { shutdown(): Promise<void> }[] = [];

  constructor(broker: ConformanceBroker) {
    this.#broker = broker;
  }

  get broker(): ConformanceBroker {
    return this.#broker;
  }

  /** The name of the topic of this test. */
  get topic(): string {
    return `conformance-${this.#id}`;
  }

  /** The name by which the broker knows a group of this test. */
  group(name: string): string {
    return `${name}-${this.#id}`;
  }

  /** Makes topic and groups, and the dead-letter topics of groups with few retries. */
  async create({ type = 'NORMAL', queues = 4, groups = { g: {} } }: Wanted = {}): Promise<void> {
    const specs = Object.entries(groups).map(([name, spec]) => ({
      maxRetries: 1_000,
      ...spec,
      name: this.group(name),
    }));
    const deadLetters = specs
      .filter(({ maxRetries }) => maxRetries < 1_000)
      .map(({ name }) => ({ name: `%DLQ%${name}`, type: 'NORMAL' as const, queues: 1 }));
    await this.#broker.createTopology({
      topics: [{ name: this.topic, type, queues }, ...deadLetters],
      groups: specs,
    });
  }

  async producer(topic = this.topic): Promise<PatchedProducer> {
    const producer = new PatchedProducer({ ...this.#options(), topics: [topic], maxAttempts: 1 });
    this.#clients.push(producer);
    await producer.startup();
    return producer;
  }

  async consumer(
    group = 'g',
    { topic = this.topic, tags = '*', pollMs = 1_000 } = {},
  ): Promise<ConformanceConsumer> {
    const consumer = new PatchedConsumer({
      ...this.#options(),
      consumerGroup: this.group(group),
      subscriptions: new Map([[topic, tags]]),
      awaitDuration: pollMs,
    });
    this.#clients.push(consumer);
    await consumer.startup();
    return new ConformanceConsumer(consumer);
  }

  /** What a PushConsumer of the group is given until it has got `count` messages. */
  pushed(group: string, count: number, failsOnce?: string): Promise<string[]> {
    const { endpoints } = this.#broker;
    return pushed({ endpoints, group: this.group(group), topic: this.topic }, count, failsOnce);
  }

  /** Sends bodies one after the other. */
  async send(
    producer: PatchedProducer,
    bodies: readonly string[],
    more: Partial<Message> = {},
  ): Promise<void> {
    for (const body of bodies) await producer.send({ topic: this.topic, body: Buffer.from(body), ...more });
  }

  /** Ends all clients of the test. */
  async close(): Promise<void> {
    await Promise.all(this.#clients.map((client) => client.shutdown().catch(() => undefined)));
  }

  #options() {
    return { endpoints: this.#broker.endpoints, namespace: '', logger, requestTimeout: 5_000 };
  }
}

/** A SimpleConsumer with words for what tests do. */
export class ConformanceConsumer {
  constructor(readonly client: PatchedConsumer) {}

  receive(most = 16, invisibleMs = 30_000): Promise<MessageView[]> {
    return this.client.receive(most, invisibleMs);
  }

  /** Receives until `count` messages are there. */
  async gather(count: number, invisibleMs = 30_000, timeoutMs = 30_000): Promise<MessageView[]> {
    const all: MessageView[] = [];
    await waitFor(
      `message ${count}`,
      async () => {
        all.push(...(await this.receive(16, invisibleMs)));
        return all.length >= count;
      },
      { timeoutMs, everyMs: 1 },
    );
    return all;
  }

  ack(...messages: readonly (MessageView | undefined)[]): Promise<unknown> {
    return Promise.all(messages.map((message) => this.client.ackChecked(message!)));
  }

  renew(message: MessageView, ms: number): Promise<void> {
    return this.client.changeInvisibleDuration(message, ms);
  }
}

/** The bodies of messages, as text. */
export function bodies(messages: readonly MessageView[]): string[] {
  return messages.map(({ body }) => body.toString());
}

/** The error of the client for a status of the protocol. */
export function status(code: number): unknown {
  return {
    asymmetricMatch: (error: { code?: number; message?: string }) =>
      error.code === code || String(error.message).includes(String(code)),
    toString: () => `status ${code}`,
  };
}

/** Puts a handle into a message in place of its own. */
export function withHandle(message: MessageView, receiptHandle: string): MessageView {
  return Object.assign(Object.create(message) as MessageView, { receiptHandle });
}
