import { describe, expect, it } from '@jest/globals';
import { CorrectedClock, ManualClock } from '@seckill/clock';
import { CopyReader } from './copy-reader.js';
import type { Instance } from './instance.js';
import { LocalCopy } from './local-copy.js';
import type { Snapshot } from './store.js';

const INTERVAL = 2_000;

function instance(id: string): Instance {
  return { id, role: 'gateway', address: 'localhost:1', state: 'ready', startedAt: 0 };
}

/** A reader of a list that the test writes. */
async function reading(initial: string[]) {
  const time = new ManualClock();
  const clock = new CorrectedClock(
    () => time.now(),
    () => time.now(),
    time,
  );
  const store = { ids: initial, released: [] as string[], down: false, reads: 0 };
  const read = async (): Promise<Snapshot> => {
    store.reads++;
    if (store.down) throw new Error('down');
    return { instances: store.ids.map(instance), released: store.released };
  };
  const copy = new LocalCopy(() => {});
  const reader = new CopyReader(read, copy, clock, INTERVAL);
  await reader.first;
  return { time, store, reader, listed: () => copy.list('gateway').map(({ id }) => id) };
}

describe('CopyReader', () => {
  it('reads at its interval, and immediately after a change', async () => {
    const { time, store, reader, listed } = await reading(['a']);
    store.ids = ['a', 'b'];
    await time.advance(INTERVAL - 1);
    expect(listed()).toEqual(['a']);
    await time.advance(1);
    expect(listed()).toEqual(['a', 'b']);
    store.ids = ['b'];
    reader.readNow();
    await time.advance(0);
    expect(listed()).toEqual(['b']);
  });

  it('reads once more after many changes during a reading', async () => {
    const { time, store, reader } = await reading(['a']);
    for (let i = 0; i < 100; i++) reader.readNow();
    await time.advance(0);
    expect(store.reads).toBe(3);
  });

  it('keeps its copy while the store is down, and retries at least once a second', async () => {
    const { time, store, listed } = await reading(['a']);
    store.down = true;
    await time.advance(60_000);
    expect(listed()).toEqual(['a']);
    expect(store.reads).toBeGreaterThanOrEqual(60);
    store.down = false;
    store.ids = ['a', 'b'];
    await time.advance(1_000);
    expect(listed()).toEqual(['a', 'b']);
  });

  it('gives missing instances time to renew after an outage, unless they were released', async () => {
    const { time, store, listed } = await reading(['dead', 'left', 'slow']);
    store.down = true;
    await time.advance(30_000);
    store.down = false;
    store.ids = [];
    store.released = ['left'];
    await time.advance(2_000);
    expect(listed()).toEqual(['dead', 'slow']);
    store.ids = ['slow'];
    await time.advance(3 * INTERVAL);
    expect(listed()).toEqual(['slow']);
  });

  it('drops missing instances immediately after a short outage', async () => {
    const { time, store, reader, listed } = await reading(['a', 'b']);
    store.down = true;
    reader.readNow();
    await time.advance(0);
    store.down = false;
    store.ids = ['b'];
    await time.advance(1_000);
    expect(listed()).toEqual(['b']);
  });

  it('reads no more once closed', async () => {
    const { time, store, reader } = await reading(['a']);
    reader.close();
    reader.readNow();
    reader.readSoon();
    await time.advance(60_000);
    expect(store.reads).toBe(1);
    expect(time.pending).toBe(0);
  });
});
