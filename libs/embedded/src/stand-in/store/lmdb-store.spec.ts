import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { MemoryStore } from '../broker/memory-store.js';
import type { Change, Saved, Store } from '../broker/store.js';
import { LmdbStore } from './lmdb-store.js';

const of = { group: 'g', topic: 't', queue: 3 };
const message = (text: string, tag?: string) => ({ storedAt: 1_234.5, tag, content: Buffer.from(text) });
const lease = (id: string) => ({ id, attempt: 2, visibleAt: 99 });

const changes: Change[] = [
  { kind: 'topic', topic: { name: 't', type: 'NORMAL', queues: 4 } },
  ...Array.from({ length: 6 }, (_, offset): Change => ({
    kind: 'append',
    topic: 't',
    queue: 3,
    offset,
    message: message(`m${offset}`, offset % 2 ? 'ü' : undefined),
  })),
  { kind: 'append', topic: 't', queue: 30, offset: 0, message: message('of another queue') },
  { kind: 'commit', of, from: 0, to: 0 },
  ...[1, 2, 4].map((offset): Change => ({ kind: 'settle', of, offset })),
  ...[0, 3, 5].map((offset): Change => ({ kind: 'lease', of, offset, lease: lease(`l${offset}`) })),
  { kind: 'lease', of: { ...of, group: 'h' }, offset: 0, lease: { ...lease('other'), owner: 'push' } },
  { kind: 'commit', of: { ...of, group: 'h' }, from: 0, to: 0 },
  {
    kind: 'order',
    of,
    batch: { attemptId: 'x', members: [{ offset: 0, leaseId: 'y', earlier: 0, visibleAt: 5, acked: false }] },
  },
  { kind: 'delay', at: 5_000, id: 'd1', topic: 't', message: message('later') },
  { kind: 'delay', at: 4_000, id: 'd2', topic: 't', message: message('sooner', '') },
  // Offset 0 is settled, and with it 1 and 2.
  { kind: 'unlease', of, offset: 0 },
  { kind: 'commit', of, from: 0, to: 3 },
  { kind: 'undelay', at: 5_000, id: 'd1' },
  { kind: 'trim', topic: 't', queue: 3, from: 0, to: 2 },
];

function plain({ topics, delayed, progress }: Saved) {
  const byName = progress.map((one) => ({
    ...one,
    settled: [...one.settled].toSorted((a, b) => a - b),
    leases: [...one.leases],
  }));
  return { topics, delayed, progress: byName.toSorted((a, b) => a.of.group.localeCompare(b.of.group)) };
}

describe('LmdbStore', () => {
  let directory: string;
  let store: Store;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'lmdb-store-'));
    store = new LmdbStore(directory);
  });
  afterEach(async () => {
    await store.close();
    rmSync(directory, { recursive: true, force: true });
  });
  const reopen = async () => {
    await store.close();
    store = new LmdbStore(directory);
  };

  it('stores the same as the store in memory, in one commit or in many, across a restart', async () => {
    const memory = new MemoryStore();
    await memory.commit(changes);
    for (const change of changes) await store.commit([change]);
    expect(plain(store.load())).toEqual(plain(memory.load()));
    await reopen();
    expect(plain(store.load())).toEqual(plain(memory.load()));
    expect(plain(store.load()).progress).toMatchObject([
      {
        committed: 3,
        settled: [4],
        leases: [
          [3, lease('l3')],
          [5, lease('l5')],
        ],
      },
      { committed: 0, settled: [] },
    ]);
  });

  it('finds a message once its commit has resolved, also after an earlier read without a result', async () => {
    for (let offset = 0; offset < 50; offset++) {
      expect(store.read('t', 0, offset)).toBeUndefined();
      await store.commit([
        { kind: 'append', topic: 't', queue: 0, offset, message: message(`${offset}`, '') },
      ]);
      expect(store.read('t', 0, offset)).toEqual(message(`${offset}`, ''));
    }
  });

  it('knows the bounds of a queue, even when all its messages were removed', async () => {
    await store.commit(changes);
    expect(store.bounds('t', 3)).toEqual({ first: 2, end: 6 });
    expect(store.bounds('t', 30)).toEqual({ first: 0, end: 1 });
    await store.commit([{ kind: 'trim', topic: 't', queue: 3, from: 2, to: 6 }]);
    await reopen();
    expect(store.bounds('t', 3)).toEqual({ first: 6, end: 6 });
    expect(store.read('t', 3, 5)).toBeUndefined();
  });

  it('stores delayed messages completely', async () => {
    await store.commit(changes);
    expect(store.readDelayed(4_000, 'd2')).toEqual({ topic: 't', message: message('sooner', '') });
    expect(store.readDelayed(5_000, 'd1')).toBeUndefined();
  });
});
