import type { TopicSpec } from '../../rocketmq/topology.js';
import { queueOfGroup } from './queue-choice.js';
import { QueueLog } from './queue-log.js';
import type { Store } from './store.js';

/** A topic with its queues. */
export class Topic {
  readonly spec: TopicSpec;
  readonly queues: readonly QueueLog[];
  #turn = 0;

  constructor(spec: TopicSpec, store: Store) {
    this.spec = spec;
    this.queues = Array.from(
      { length: spec.queues },
      (_, queue) => new QueueLog(store.bounds(spec.name, queue)),
    );
  }

  /** A message group always has the same queue; other messages use the queues in turn. */
  queueFor(messageGroup: string | undefined): number {
    return messageGroup ? queueOfGroup(messageGroup, this.queues.length) : this.#turn++ % this.queues.length;
  }
}
