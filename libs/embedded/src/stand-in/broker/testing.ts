import { ManualClock } from '@seckill/clock';
import type { Topology } from '../../rocketmq/topology.js';
import { Broker, type BrokerOptions, type Outgoing } from './broker.js';
import { MemoryStore } from './memory-store.js';
import { writeHandle } from './receipt-handle.js';
import { tagFilter } from './tag-filter.js';

/** A message with a text body, for tests. */
export function text(body: string, more: Partial<Outgoing> = {}): Outgoing {
  const content = Buffer.from(body);
  return {
    type: 'NORMAL',
    tag: undefined,
    messageGroup: undefined,
    deliverAt: undefined,
    bodyBytes: content.length,
    content,
    ...more,
  };
}

/** A message as a test sees it. */
export interface Seen {
  readonly body: string;
  readonly attempt: number;
  readonly queue: number;
  readonly offset: number;
  readonly handle: string;
}

/** A broker with a store in memory and a manual clock. */
export class TestBroker {
  readonly clock = new ManualClock();
  readonly store = new MemoryStore();
  broker: Broker;

  private constructor(
    private readonly topology: Topology,
    private readonly options: Partial<BrokerOptions>,
  ) {
    this.broker = this.#open();
  }

  static async start(topology: Topology, options: Partial<BrokerOptions> = {}): Promise<TestBroker> {
    const test = new TestBroker(topology, options);
    await test.broker.define(topology);
    return test;
  }

  /** Crashes, losing what was not flushed, and starts again with the same store. */
  async crash(): Promise<void> {
    this.broker.abandon();
    await this.broker.close().catch(() => undefined);
    await this.clock.advance(1);
    this.broker = this.#open();
    await this.broker.define(this.topology);
  }

  async receive(
    group: string,
    topic: string,
    { most = 32, invisibleMs = 10_000, waitMs = 0, tags = '*', owner = '', attemptId = '' } = {},
  ): Promise<Seen[]> {
    const deliveries = await this.broker.receive(group, topic, {
      filter: tagFilter(tags),
      maxMessages: most,
      invisibleMs,
      waitMs,
      ...(owner && { owner }),
      ...(attemptId && { attemptId }),
    });
    return deliveries.map((delivery) => ({
      body: Buffer.from(delivery.message.content).toString(),
      attempt: delivery.attempt,
      queue: delivery.queue,
      offset: delivery.offset,
      handle: writeHandle(delivery),
    }));
  }

  #open(): Broker {
    return new Broker({ store: this.store, clock: this.clock, ...this.options });
  }
}
