import type { TopicType } from '../../rocketmq/topology.js';

/** How far one group is in one queue. */
export interface GroupOverview {
  readonly group: string;
  /** Everything below this offset is settled. */
  readonly offset: number;
  /** Delivered and not settled yet. */
  readonly inFlight: number;
  /** Not settled yet, delivered or not. */
  readonly lag: number;
}

/** One queue of a topic. */
export interface QueueOverview {
  readonly queue: number;
  /** The first offset that is kept. */
  readonly first: number;
  /** The offset of the next message. */
  readonly end: number;
  readonly groups: readonly GroupOverview[];
}

/** One topic. */
export interface TopicOverview {
  readonly topic: string;
  readonly type: TopicType;
  /** Messages that wait for their time. */
  readonly delayed: number;
  readonly queues: readonly QueueOverview[];
}

/** Topics × queues × groups × offsets × lag at one moment. */
export interface Overview {
  readonly topics: readonly TopicOverview[];
}
