import { join } from 'node:path';
import { open, type Database, type RootDatabase } from 'lmdb';
import type {
  Change,
  GroupQueue,
  KnownTopic,
  Lease,
  OrderedBatch,
  Saved,
  SavedProgress,
  Store,
  StoredMessage,
} from '../broker/store.js';
import { readMessage, writeMessage } from './message-record.js';

type MessageKey = [topic: string, queue: number, offset: number];
type DelayedKey = [at: number, id: string];
type QueueKey = [group: string, topic: string, queue: number];
type OffsetKey = [...QueueKey, offset: number];

const last = Number.MAX_SAFE_INTEGER;

/**
 * The store on disk: one LMDB file (copy on write, so a crash leaves the last commit whole). A commit is one
 * transaction; it resolves once fdatasync has returned.
 */
export class LmdbStore implements Store {
  readonly #root: RootDatabase;
  readonly #messages: Database<Buffer, MessageKey>;
  readonly #delayed: Database<Buffer, DelayedKey>;
  readonly #topics: Database<KnownTopic, string>;
  readonly #bounds: Database<number, [topic: string, queue: number]>;
  readonly #committed: Database<number, QueueKey>;
  readonly #settled: Database<true, OffsetKey>;
  readonly #leases: Database<Lease, OffsetKey>;
  readonly #batches: Database<OrderedBatch, QueueKey>;

  /** @param directory must exist, and must not be in use */
  constructor(directory: string) {
    const root = open({ path: join(directory, 'messages.mdb'), noSubdir: true, maxDbs: 8 });
    this.#root = root;
    this.#messages = root.openDB({ name: 'messages', encoding: 'binary' });
    this.#delayed = root.openDB({ name: 'delayed', encoding: 'binary' });
    this.#topics = root.openDB({ name: 'topics', encoding: 'json' });
    this.#bounds = root.openDB({ name: 'bounds', encoding: 'json' });
    this.#committed = root.openDB({ name: 'committed', encoding: 'json' });
    this.#settled = root.openDB({ name: 'settled', encoding: 'json' });
    this.#leases = root.openDB({ name: 'leases', encoding: 'json' });
    this.#batches = root.openDB({ name: 'batches', encoding: 'json' });
  }

  async commit(changes: readonly Change[]): Promise<void> {
    // All writes of one turn of the event loop are one transaction, so only the last promise is needed.
    let written: Promise<boolean> = Promise.resolve(true);
    for (const change of changes) written = this.#write(change);
    await written;
    await this.#root.flushed;
    this.#messages.resetReadTxn();
  }

  load(): Saved {
    const progress = [...this.#committed.getRange()].map(({ key, value }) => this.#progress(key, value));
    const delayed = [...this.#delayed.getRange()].map(({ key: [at, id], value }) => ({
      at,
      id,
      topic: readDelayed(value).topic,
    }));
    return { topics: [...this.#topics.getRange()].map(({ value }) => value), delayed, progress };
  }

  bounds(topic: string, queue: number): { first: number; end: number } {
    const trimmedTo = this.#bounds.get([topic, queue]) ?? 0;
    const newestFirst = { start: [topic, queue, last], end: [topic, queue, -1], reverse: true, limit: 1 };
    const [newest] = [...this.#messages.getKeys(newestFirst)];
    return { first: trimmedTo, end: Math.max(trimmedTo, newest ? newest[2] + 1 : 0) };
  }

  read(topic: string, queue: number, offset: number): StoredMessage | undefined {
    const record = this.#messages.get([topic, queue, offset]);
    return record && readMessage(record);
  }

  readDelayed(at: number, id: string): { topic: string; message: StoredMessage } | undefined {
    const record = this.#delayed.get([at, id]);
    return record && readDelayed(record);
  }

  close(): Promise<void> {
    return this.#root.close();
  }

  #write(change: Change): Promise<boolean> {
    switch (change.kind) {
      case 'topic':
        return this.#topics.put(change.topic.name, change.topic);
      case 'append':
        return this.#messages.put([change.topic, change.queue, change.offset], writeMessage(change.message));
      case 'trim':
        for (let offset = change.from; offset < change.to; offset++)
          void this.#messages.remove([change.topic, change.queue, offset]);
        return this.#bounds.put([change.topic, change.queue], change.to);
      case 'delay':
        return this.#delayed.put([change.at, change.id], writeDelayed(change.topic, change.message));
      case 'undelay':
        return this.#delayed.remove([change.at, change.id]);
      case 'commit':
        for (let offset = change.from + 1; offset < change.to; offset++)
          void this.#settled.remove(offsetKey(change.of, offset));
        return this.#committed.put(queueKey(change.of), change.to);
      case 'settle':
        return this.#settled.put(offsetKey(change.of, change.offset), true);
      case 'lease':
        return this.#leases.put(offsetKey(change.of, change.offset), change.lease);
      case 'unlease':
        return this.#leases.remove(offsetKey(change.of, change.offset));
      case 'order':
        return this.#batches.put(queueKey(change.of), change.batch);
    }
  }

  #progress(key: QueueKey, committed: number): SavedProgress {
    const [group, topic, queue] = key;
    // A new object for each query, because lmdb modifies it.
    const range = () => ({ start: [...key, -1] as OffsetKey, end: [...key, last] as OffsetKey });
    return {
      of: { group, topic, queue },
      committed,
      settled: [...this.#settled.getKeys(range())].map((settled) => settled[3]),
      leases: new Map([...this.#leases.getRange(range())].map((lease) => [lease.key[3], lease.value])),
      batch: this.#batches.get(key),
    };
  }
}

function queueKey({ group, topic, queue }: GroupQueue): QueueKey {
  return [group, topic, queue];
}

function offsetKey(of: GroupQueue, offset: number): OffsetKey {
  return [...queueKey(of), offset];
}

function writeDelayed(topic: string, message: StoredMessage): Buffer {
  const name = Buffer.from(topic);
  const head = Buffer.allocUnsafe(2);
  head.writeUInt16BE(name.length, 0);
  return Buffer.concat([head, name, writeMessage(message)]);
}

function readDelayed(record: Buffer): { topic: string; message: StoredMessage } {
  const end = 2 + record.readUInt16BE(0);
  return { topic: record.toString('utf8', 2, end), message: readMessage(record.subarray(end)) };
}
