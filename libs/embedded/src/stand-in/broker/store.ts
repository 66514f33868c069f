import type { TopicType } from '../../rocketmq/topology.js';

/** A message as it is kept. What the broker must know of it stands beside the content, which it never looks into. */
export interface StoredMessage {
  /** When the broker took it, ms since the epoch. */
  readonly storedAt: number;
  readonly tag: string | undefined;
  /** The whole message as it came, encoded. */
  readonly content: Uint8Array;
}

/** One delivery to one consumer group that is not settled yet. */
export interface Lease {
  /** The second part of the receipt handle; new with each delivery and each renewal. */
  readonly id: string;
  /** How often the group has got the message, this time included. */
  readonly attempt: number;
  /** When it is delivered again, ms since the epoch. */
  readonly visibleAt: number;
  /** The client whose leases the broker itself renews while it lives: a PushConsumer. */
  readonly owner?: string;
}

/** The messages of one queue that a FIFO group has got together; the next ones wait for them. */
export interface OrderedBatch {
  /** The receive that took it: the same receive, repeated, gets it again. */
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

/** Names one queue as one consumer group sees it. */
export interface GroupQueue {
  readonly group: string;
  readonly topic: string;
  readonly queue: number;
}

/** A topic as it was when it was last used. */
export interface KnownTopic {
  readonly name: string;
  readonly type: TopicType;
  readonly queues: number;
}

/** One durable change. Changes are kept in the order in which they were made. */
export type Change =
  | { kind: 'topic'; topic: KnownTopic }
  | { kind: 'append'; topic: string; queue: number; offset: number; message: StoredMessage }
  /** Messages from `from` to below `to` are forgotten. */
  | { kind: 'trim'; topic: string; queue: number; from: number; to: number }
  | { kind: 'delay'; at: number; id: string; topic: string; message: StoredMessage }
  | { kind: 'undelay'; at: number; id: string }
  /** Everything below `to` is settled; what was noted singly from `from` on is forgotten. */
  | { kind: 'commit'; of: GroupQueue; from: number; to: number }
  /** One message beyond the committed offset is settled. */
  | { kind: 'settle'; of: GroupQueue; offset: number }
  | { kind: 'lease'; of: GroupQueue; offset: number; lease: Lease }
  | { kind: 'unlease'; of: GroupQueue; offset: number }
  | { kind: 'order'; of: GroupQueue; batch: OrderedBatch };

/** What one group knows of one queue. */
export interface SavedProgress {
  readonly of: GroupQueue;
  readonly committed: number;
  readonly settled: readonly number[];
  readonly leases: ReadonlyMap<number, Lease>;
  readonly batch: OrderedBatch | undefined;
}

/** Everything but the messages themselves, as it was when the last change was kept. */
export interface Saved {
  readonly topics: readonly KnownTopic[];
  readonly delayed: readonly { at: number; id: string; topic: string }[];
  readonly progress: readonly SavedProgress[];
}

/** Keeps messages and positions across restarts and crashes. */
export interface Store {
  /** Resolves when all of the changes, in this order, would survive a crash: all or nothing. */
  commit(changes: readonly Change[]): Promise<void>;
  /** What was kept before this start. */
  load(): Saved;
  /** The first offset that is kept, and the one after the last that ever was. */
  bounds(topic: string, queue: number): { first: number; end: number };
  /** A message whose commit has resolved; undefined once it was trimmed. */
  read(topic: string, queue: number, offset: number): StoredMessage | undefined;
  /** A delayed message whose commit has resolved. */
  readDelayed(at: number, id: string): { topic: string; message: StoredMessage } | undefined;
  close(): Promise<void>;
}
