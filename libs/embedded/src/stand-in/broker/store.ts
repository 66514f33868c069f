import type { TopicType } from '../../rocketmq/topology.js';

/** A stored message. The fields that the broker needs are kept beside the content, which it never reads. */
export interface StoredMessage {
  /** When the broker stored it, ms since the epoch. */
  readonly storedAt: number;
  readonly tag: string | undefined;
  /** The whole message as it was received, encoded. */
  readonly content: Uint8Array;
}

/** One delivery to one consumer group that is not settled yet. */
export interface Lease {
  /** Part of the receipt handle; new with each delivery and each renewal. */
  readonly id: string;
  /** How often the message was delivered to the group, this delivery included. */
  readonly attempt: number;
  /** When it is redelivered, ms since the epoch. */
  readonly visibleAt: number;
  /** A PushConsumer: the broker renews its leases while it is connected. */
  readonly owner?: string;
}

/** The messages of one queue that a FIFO group got together; later messages wait until they are settled. */
export interface OrderedBatch {
  /** The receive that got it: the same receive, repeated, gets it again. */
  readonly attemptId?: string;
  readonly members: readonly OrderedMember[];
}

/** One message of an {@link OrderedBatch}. */
export interface OrderedMember {
  readonly offset: number;
  readonly leaseId: string;
  /** How often it was delivered before. */
  readonly earlier: number;
  readonly visibleAt: number;
  readonly acked: boolean;
  readonly owner?: string;
}

/** Identifies one queue of one consumer group. */
export interface GroupQueue {
  readonly group: string;
  readonly topic: string;
  readonly queue: number;
}

/** A topic in the store. */
export interface KnownTopic {
  readonly name: string;
  readonly type: TopicType;
  readonly queues: number;
}

/** One durable change. Changes are stored in the order in which they were made. */
export type Change =
  | { kind: 'topic'; topic: KnownTopic }
  | { kind: 'append'; topic: string; queue: number; offset: number; message: StoredMessage }
  /** Messages from `from` to below `to` are removed. */
  | { kind: 'trim'; topic: string; queue: number; from: number; to: number }
  | { kind: 'delay'; at: number; id: string; topic: string; message: StoredMessage }
  | { kind: 'undelay'; at: number; id: string }
  /** All messages below `to` are settled; single 'settle' records from `from` on are removed. */
  | { kind: 'commit'; of: GroupQueue; from: number; to: number }
  /** One message beyond the committed offset is settled. */
  | { kind: 'settle'; of: GroupQueue; offset: number }
  | { kind: 'lease'; of: GroupQueue; offset: number; lease: Lease }
  | { kind: 'unlease'; of: GroupQueue; offset: number }
  | { kind: 'order'; of: GroupQueue; batch: OrderedBatch };

/** The stored position of one group in one queue. */
export interface SavedProgress {
  readonly of: GroupQueue;
  readonly committed: number;
  readonly settled: readonly number[];
  readonly leases: ReadonlyMap<number, Lease>;
  readonly batch: OrderedBatch | undefined;
}

/** The stored state without the messages. */
export interface Saved {
  readonly topics: readonly KnownTopic[];
  readonly delayed: readonly { at: number; id: string; topic: string }[];
  readonly progress: readonly SavedProgress[];
}

/** Stores messages and positions across restarts and crashes. */
export interface Store {
  /** Writes the changes atomically and in order. Resolves when they would survive a crash. */
  commit(changes: readonly Change[]): Promise<void>;
  /** The state before this start. */
  load(): Saved;
  /** The first stored offset, and the offset after the last message that was ever stored. */
  bounds(topic: string, queue: number): { first: number; end: number };
  /** A message whose commit has resolved; undefined once it was trimmed. */
  read(topic: string, queue: number, offset: number): StoredMessage | undefined;
  /** A delayed message whose commit has resolved. */
  readDelayed(at: number, id: string): { topic: string; message: StoredMessage } | undefined;
  close(): Promise<void>;
}
