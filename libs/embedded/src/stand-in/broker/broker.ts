import type { Clock } from '@seckill/clock';
import type { GroupSpec, TopicSpec, Topology } from '../../rocketmq/topology.js';
import type { CursorContext } from './cursor.js';
import { DelayedMessages, type Delayed } from './delayed-messages.js';
import { Journal, type FlushHooks } from './journal.js';
import { defaultLimits, type BrokerLimits } from './limits.js';
import { OrderedCursor } from './ordered-cursor.js';
import type { GroupOverview, Overview } from './overview.js';
import { ParallelCursor } from './parallel-cursor.js';
import { readHandle, writeHandle } from './receipt-handle.js';
import { code, RefusedError } from './refused-error.js';
import type { QueueLog } from './queue-log.js';
import { Retention, type KeptQueue, type RetentionOptions } from './retention.js';
import type { SavedProgress, Store, StoredMessage } from './store.js';
import { Subscription, type Delivery, type ReceiveRequest } from './subscription.js';
import { Topic } from './topic.js';
import { checkTopic, deadLetterTopic } from './topic-rules.js';

/** A message that a producer sends. */
export interface Outgoing {
  readonly type: TopicSpec['type'];
  readonly tag: string | undefined;
  readonly messageGroup: string | undefined;
  /** When it may be delivered, ms since the epoch. */
  readonly deliverAt: number | undefined;
  readonly bodyBytes: number;
  readonly content: Uint8Array;
}

/** Parts and options of a broker. */
export interface BrokerOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly limits?: Partial<BrokerLimits>;
  readonly retention?: RetentionOptions;
  readonly flushHooks?: FlushHooks;
  /** Whether a client is connected. @default false */
  isAlive?(clientId: string): boolean;
  /** Whether a delivery is repeated at once, as a fault. @default never */
  deliversTwice?(delivery: Delivery): boolean;
}

/**
 * The rules of RocketMQ, without protocol and files. Time, storage and the knowledge of connected clients are passed
 * in. What it confirms has been flushed.
 */
export class Broker {
  readonly limits: BrokerLimits;
  readonly #options: BrokerOptions;
  readonly #journal: Journal;
  readonly #topics = new Map<string, Topic>();
  readonly #groups = new Map<string, GroupSpec>();
  readonly #subscriptions = new Map<string, Map<string, Subscription>>();
  readonly #saved = new Map<string, SavedProgress>();
  readonly #delayed: DelayedMessages;
  readonly #retention: Retention;
  readonly #context: CursorContext;

  constructor(options: BrokerOptions) {
    const { store, clock } = options;
    this.#options = options;
    this.limits = { ...defaultLimits, ...options.limits };
    this.#journal = new Journal(store, options.flushHooks);
    const prefix = clock.now().toString(36);
    let leases = 0;
    this.#context = {
      newLeaseId: () => `${prefix}-${(leases++).toString(36)}`,
      isAlive: (owner) => options.isAlive?.(owner) ?? false,
      renewMs: this.limits.ownedInvisibleMs,
    };
    this.#delayed = new DelayedMessages(clock, (due) => void this.#release(due).catch(() => undefined));
    this.#retention = new Retention(clock, this.#journal, store, options.retention ?? {}, () =>
      this.#keptQueues(),
    );
    this.#recover();
  }

  /** Adds or updates topics and groups. Nothing is removed. */
  async define({ topics, groups }: Topology): Promise<void> {
    for (const spec of topics) this.#defineTopic(spec);
    for (const spec of groups) {
      this.#groups.set(spec.name, spec);
      this.#defineTopic({ name: deadLetterTopic(spec.name), type: 'NORMAL', queues: 1 });
    }
    this.#resume();
    await this.#journal.flushed();
  }

  /** @throws RefusedError when there is no such topic */
  topic(name: string): TopicSpec {
    return this.#topic(name).spec;
  }

  /** Undefined when there is no such group. */
  group(name: string): GroupSpec | undefined {
    return this.#groups.get(name);
  }

  /**
   * Stores messages of one topic, and resolves with their offsets when all are flushed.
   * @throws RefusedError; then nothing was stored
   */
  async send(topicName: string, messages: readonly Outgoing[]): Promise<number[]> {
    const topic = this.#topic(topicName);
    for (const message of messages) checkTopic(topic.spec, message, this.limits, this.#now);
    const stored = messages.map((message) => this.#store(topic, message));
    await this.#journal.flushed();
    for (const { publish } of stored) publish();
    this.#wake(topicName);
    return stored.map(({ offset }) => offset);
  }

  /**
   * Delivers messages of one topic to one member of a group.
   * @throws RefusedError for a topic or group that does not exist, or an invisible time out of bounds
   */
  async receive(group: string, topic: string, request: ReceiveRequest): Promise<Delivery[]> {
    const { minInvisibleMs, maxInvisibleMs, maxPerReceive } = this.limits;
    const subscription = this.#subscription(group, topic);
    if (request.invisibleMs < minInvisibleMs)
      throw new RefusedError(code.illegalInvisibleTime, `the invisible time is below ${minInvisibleMs} ms`);
    if (request.invisibleMs > maxInvisibleMs)
      throw new RefusedError(code.illegalInvisibleTime, `the invisible time is above ${maxInvisibleMs} ms`);
    const maxMessages = Math.max(1, Math.min(maxPerReceive, request.maxMessages));
    return subscription.receive({ ...request, maxMessages });
  }

  /**
   * Settles a message for a group; resolves when that is flushed. A second ack is no error.
   * @throws RefusedError when the handle is not, or no longer, valid
   */
  async ack(group: string, topic: string, handle: string): Promise<void> {
    const { queue, offset, leaseId } = readHandle(handle);
    const subscription = this.#subscription(group, topic);
    if (!subscription.cursors[queue]?.ack(offset, leaseId, this.#now)) throw invalidHandle(handle);
    // The next messages of a FIFO queue may have waited for this.
    if (this.#groups.get(group)?.fifo) subscription.wake();
    await this.#journal.flushed();
  }

  /**
   * Makes a message visible again `ms` from now; 0 is allowed. Resolves, when that is flushed, with a new handle that
   * replaces the old one.
   * @throws RefusedError as `ack` does
   */
  async changeInvisible(group: string, topic: string, handle: string, ms: number): Promise<string> {
    const { queue, offset, leaseId } = readHandle(handle);
    if (ms < 0 || ms > this.limits.maxInvisibleMs)
      throw new RefusedError(code.illegalInvisibleTime, `${ms} ms is not a valid invisible time`);
    const subscription = this.#subscription(group, topic);
    const id = subscription.cursors[queue]?.changeInvisible(offset, leaseId, ms, this.#now);
    if (id === undefined) throw invalidHandle(handle);
    subscription.wake();
    await this.#journal.flushed();
    return writeHandle({ queue, offset, leaseId: id });
  }

  /**
   * Moves a message to the dead-letter topic of the group and settles it, atomically.
   * @throws RefusedError as `ack` does
   */
  async forwardToDeadLetters(group: string, topic: string, handle: string): Promise<void> {
    const { queue, offset, leaseId } = readHandle(handle);
    const subscription = this.#subscription(group, topic);
    const message = this.#options.store.read(topic, queue, offset);
    if (!message || !subscription.cursors[queue]?.ack(offset, leaseId, this.#now))
      throw invalidHandle(handle);
    await this.#moveToDeadLetters(group, message);
    if (this.#groups.get(group)?.fifo) subscription.wake();
  }

  /** A client has disconnected in an orderly way: its messages become visible to others. */
  clientLeft(clientId: string): void {
    const at = this.#now + this.limits.releaseMs;
    for (const subscription of this.#allSubscriptions()) {
      for (const cursor of subscription.cursors) cursor.release(clientId, at);
      subscription.wake();
    }
  }

  /** Topics × queues × groups × offsets × lag, now. */
  overview(): Overview {
    const topics = [...this.#topics.values()].map(({ spec, queues }) => ({
      topic: spec.name,
      type: spec.type,
      delayed: this.#delayed.of(spec.name),
      queues: queues.map(({ first, end }, queue) => ({
        queue,
        first,
        end,
        groups: this.#groupsAt(spec.name, queue),
      })),
    }));
    return { topics };
  }

  /** Simulates a crash: nothing more is written. */
  abandon(): void {
    this.#journal.abandon();
  }

  /** Ends all waiting receives; resolves when everything is flushed. The store stays open. */
  async close(): Promise<void> {
    this.#retention.close();
    this.#delayed.close();
    for (const subscription of this.#allSubscriptions()) subscription.close();
    await this.#journal.flushed();
  }

  get #now(): number {
    return this.#options.clock.now();
  }

  #recover(): void {
    const { topics, delayed, progress } = this.#options.store.load();
    for (const topic of topics) this.#topics.set(topic.name, new Topic(topic, this.#options.store));
    for (const one of progress) this.#saved.set(progressKey(one.of.group, one.of.topic, one.of.queue), one);
    for (const one of delayed) this.#delayed.add(one);
  }

  /**
   * Restores the subscriptions of earlier groups, so that their unsettled messages are kept even if they never return.
   */
  #resume(): void {
    for (const { of } of this.#saved.values())
      if (this.#groups.has(of.group) && this.#topics.has(of.topic)) this.#subscription(of.group, of.topic);
  }

  #groupsAt(topic: string, queue: number): GroupOverview[] {
    return [...(this.#subscriptions.get(topic) ?? [])].map(([group, { cursors }]) => {
      const { committed, inFlight, lag } = cursors[queue]!;
      return { group, offset: committed, inFlight, lag };
    });
  }

  *#keptQueues(): Iterable<KeptQueue> {
    for (const { spec, queues } of this.#topics.values())
      for (const [queue, log] of queues.entries()) {
        const offsets = this.#groupsAt(spec.name, queue).map(({ offset }) => offset);
        const settledTo = offsets.length === 0 ? log.first : Math.min(...offsets);
        yield { topic: spec.name, queue, log, settledTo };
      }
  }

  /** @throws Error when a message that must exist does not: skipping it silently would lose it */
  #read(topic: string, queue: number, log: QueueLog, offset: number): StoredMessage | undefined {
    const message = this.#options.store.read(topic, queue, offset);
    if (!message && offset >= log.first)
      throw new Error(`Message ${offset} of ${topic}/${queue} is missing in the store.`);
    return message;
  }

  #defineTopic(spec: TopicSpec): void {
    const known = this.#topics.get(spec.name)?.spec;
    if (known && known.type === spec.type && known.queues >= spec.queues) return;
    if (known)
      throw new RefusedError(
        code.badRequest,
        `topic ${spec.name} exists as ${known.type} with ${known.queues} queues and cannot become ${spec.type} with ${spec.queues}`,
      );
    this.#topics.set(spec.name, new Topic(spec, this.#options.store));
    this.#journal.add({ kind: 'topic', topic: spec });
  }

  #topic(name: string): Topic {
    const topic = this.#topics.get(name);
    if (!topic) throw new RefusedError(code.topicNotFound, `No topic route info for the topic: ${name}`);
    return topic;
  }

  #store(topic: Topic, message: Outgoing): { offset: number; publish: () => void } {
    const { tag, content, deliverAt } = message;
    const stored = { storedAt: this.#now, tag, content };
    if (deliverAt !== undefined && deliverAt > this.#now) {
      const delayed = { at: deliverAt, id: this.#context.newLeaseId(), topic: topic.spec.name };
      this.#journal.add({ kind: 'delay', ...delayed, message: stored });
      return { offset: 0, publish: () => this.#delayed.add(delayed) };
    }
    return this.#append(topic, topic.queueFor(message.messageGroup), stored);
  }

  #append(topic: Topic, queue: number, message: StoredMessage): { offset: number; publish: () => void } {
    const log = topic.queues[queue]!;
    const offset = log.reserve();
    this.#journal.add({ kind: 'append', topic: topic.spec.name, queue, offset, message });
    return { offset, publish: () => log.publish(offset) };
  }

  /** Moves due messages into their queues, each in one step, so that it is never in both places. */
  async #release(due: readonly Delayed[]): Promise<void> {
    const moved = due.map(({ at, id, topic: name }) => {
      const topic = this.#topics.get(name);
      const found = this.#options.store.readDelayed(at, id);
      this.#journal.add({ kind: 'undelay', at, id });
      if (topic && found)
        return this.#append(topic, topic.queueFor(undefined), { ...found.message, storedAt: this.#now });
    });
    await this.#journal.flushed();
    for (const one of moved) one?.publish();
    for (const topic of new Set(due.map(({ topic }) => topic))) this.#wake(topic);
  }

  async #moveToDeadLetters(group: string, message: StoredMessage): Promise<void> {
    const name = deadLetterTopic(group);
    const { publish } = this.#append(this.#topic(name), 0, { ...message, storedAt: this.#now });
    await this.#journal.flushed();
    publish();
    this.#wake(name);
  }

  #inspect(group: GroupSpec, subscription: Subscription, topic: string, found: Delivery[]): Delivery[] {
    return found.filter((delivery) => {
      const { queue, offset, leaseId, attempt, message } = delivery;
      const cursor = subscription.cursors[queue]!;
      if (attempt > group.maxRetries + 1) {
        cursor.ack(offset, leaseId, this.#now);
        void this.#moveToDeadLetters(group.name, message).catch(() => undefined);
        return false;
      }
      if (this.#options.deliversTwice?.(delivery)) {
        cursor.changeInvisible(offset, leaseId, 0, this.#now);
        queueMicrotask(() => this.#wake(topic));
      }
      return true;
    });
  }

  #subscription(groupName: string, topicName: string): Subscription {
    const topic = this.#topic(topicName);
    const group = this.#groups.get(groupName);
    if (!group) throw new RefusedError(code.consumerGroupNotFound, `group not found: ${groupName}`);
    const ofTopic = this.#subscriptions.get(topicName) ?? new Map<string, Subscription>();
    this.#subscriptions.set(topicName, ofTopic);
    const known = ofTopic.get(groupName);
    if (known) return known;
    const subscription: Subscription = new Subscription({
      clock: this.#options.clock,
      cursors: topic.queues.map((log, queue) => {
        const of = { group: groupName, topic: topicName, queue };
        const saved = this.#saved.get(progressKey(groupName, topicName, queue));
        const Kind = group.fifo ? OrderedCursor : ParallelCursor;
        return new Kind(of, log, this.#journal, this.#context, saved);
      }),
      read: (queue, offset) => this.#read(topicName, queue, topic.queues[queue]!, offset),
      inspect: (found) => this.#inspect(group, subscription, topicName, found),
    });
    ofTopic.set(groupName, subscription);
    return subscription;
  }

  #wake(topic: string): void {
    for (const subscription of this.#subscriptions.get(topic)?.values() ?? []) subscription.wake();
  }

  *#allSubscriptions(): Iterable<Subscription> {
    for (const ofTopic of this.#subscriptions.values()) yield* ofTopic.values();
  }
}

function progressKey(group: string, topic: string, queue: number): string {
  return `${group}\0${topic}\0${queue}`;
}

function invalidHandle(handle: string): RefusedError {
  return new RefusedError(code.invalidReceiptHandle, `receipt handle ${handle} has expired or was replaced`);
}
