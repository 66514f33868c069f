import type {
  Change,
  GroupQueue,
  KnownTopic,
  Lease,
  OrderedBatch,
  Saved,
  Store,
  StoredMessage,
} from './store.js';

interface Progress {
  of: GroupQueue;
  committed: number;
  settled: Set<number>;
  leases: Map<number, Lease>;
  batch: OrderedBatch | undefined;
}

interface StoredQueue {
  messages: Map<number, StoredMessage>;
  first: number;
  end: number;
}

/** A store for tests. Like a disk it outlives its broker; changes that were not committed are lost. */
export class MemoryStore implements Store {
  readonly #topics = new Map<string, KnownTopic>();
  readonly #logs = new Map<string, StoredQueue>();
  readonly #delayed = new Map<string, { at: number; id: string; topic: string; message: StoredMessage }>();
  readonly #progress = new Map<string, Progress>();

  async commit(changes: readonly Change[]): Promise<void> {
    for (const change of changes) this.#apply(change);
  }

  load(): Saved {
    return {
      topics: [...this.#topics.values()],
      delayed: [...this.#delayed.values()].map(({ at, id, topic }) => ({ at, id, topic })),
      progress: [...this.#progress.values()].map((one) => ({
        ...one,
        settled: [...one.settled],
        leases: new Map(one.leases),
      })),
    };
  }

  bounds(topic: string, queue: number): { first: number; end: number } {
    const { first, end } = this.#log(topic, queue);
    return { first, end };
  }

  read(topic: string, queue: number, offset: number): StoredMessage | undefined {
    return this.#log(topic, queue).messages.get(offset);
  }

  readDelayed(at: number, id: string): { topic: string; message: StoredMessage } | undefined {
    return this.#delayed.get(`${at}/${id}`);
  }

  async close(): Promise<void> {}

  /** How many messages are stored. */
  get size(): number {
    return [...this.#logs.values()].reduce((sum, { messages }) => sum + messages.size, this.#delayed.size);
  }

  #apply(change: Change): void {
    switch (change.kind) {
      case 'topic':
        this.#topics.set(change.topic.name, change.topic);
        break;
      case 'append': {
        const log = this.#log(change.topic, change.queue);
        log.messages.set(change.offset, change.message);
        log.end = Math.max(log.end, change.offset + 1);
        break;
      }
      case 'trim': {
        const log = this.#log(change.topic, change.queue);
        for (let offset = change.from; offset < change.to; offset++) log.messages.delete(offset);
        log.first = Math.max(log.first, change.to);
        break;
      }
      case 'delay':
        this.#delayed.set(`${change.at}/${change.id}`, change);
        break;
      case 'undelay':
        this.#delayed.delete(`${change.at}/${change.id}`);
        break;
      case 'commit': {
        const progress = this.#of(change.of);
        progress.committed = change.to;
        for (let offset = change.from; offset < change.to; offset++) progress.settled.delete(offset);
        break;
      }
      case 'settle':
        this.#of(change.of).settled.add(change.offset);
        break;
      case 'lease':
        this.#of(change.of).leases.set(change.offset, change.lease);
        break;
      case 'unlease':
        this.#of(change.of).leases.delete(change.offset);
        break;
      case 'order':
        this.#of(change.of).batch = change.batch;
        break;
    }
  }

  #log(topic: string, queue: number): StoredQueue {
    const key = `${topic}/${queue}`;
    const log = this.#logs.get(key) ?? { messages: new Map(), first: 0, end: 0 };
    this.#logs.set(key, log);
    return log;
  }

  #of(of: GroupQueue): Progress {
    const key = `${of.group}/${of.topic}/${of.queue}`;
    let progress = this.#progress.get(key);
    if (!progress) {
      progress = { of, committed: 0, settled: new Set(), leases: new Map(), batch: undefined };
      this.#progress.set(key, progress);
    }
    return progress;
  }
}
