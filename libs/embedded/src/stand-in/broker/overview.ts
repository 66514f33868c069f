import type { TopicType } from '../../rocketmq/topology.js';

/** The position of one group in one queue. */
export interface GroupOverview {
  readonly group: string;
  /** All messages below this offset are settled. */
  readonly offset: number;
  /** Delivered and not settled yet. */
  readonly inFlight: number;
  /** Not settled yet, delivered or not. */
  readonly lag: number;
}

/** One queue of a topic. */
export interface QueueOverview {
  readonly queue: number;
  /** The first stored offset. */
  readonly first: number;
  /** The offset of the next message. */
  readonly end: number;
  readonly groups: readonly GroupOverview[];
}

/** One topic. */
export interface TopicOverview {
  readonly topic: string;
  readonly type: TopicType;
  /** Messages that are not due yet. */
  readonly delayed: number;
  readonly queues: readonly QueueOverview[];
}

/** Topics × queues × groups × offsets × lag at one moment. */
export interface Overview {
  readonly topics: readonly TopicOverview[];
}
