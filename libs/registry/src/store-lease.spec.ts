import { describe, expect, it } from '@jest/globals';
import { CorrectedClock, ManualClock } from '@seckill/clock';
import * as fc from 'fast-check';
import { MemoryRegistryStore } from './memory-registry.js';
import type { Entry } from './store.js';
import { StoreLease } from './store-lease.js';

const INSTANCE = { id: 'gateway-1', role: 'gateway', address: 'localhost:1', startedAt: 0 };

/** A lease whose writes are answered by the test. */
function leaseAnsweredBy(answer: (entry: Entry) => Promise<boolean>) {
  const time = new ManualClock();
  const clock = new CorrectedClock(
    () => time.now(),
    () => time.now(),
    time,
  );
  const writes: Entry[] = [];
  const errors: unknown[] = [];
  const lease = new StoreLease(INSTANCE, 6_000, {
    clock,
    put: (entry) => {
      writes.push(entry);
      return answer(entry);
    },
    onError: (error) => errors.push(error),
    onEnd: () => {},
  });
  return { time, lease, writes, errors };
}

/** Answers that are held back until the test releases them, one by one. */
function heldBack() {
  const waiting: ((answer: boolean) => void)[] = [];
  return {
    answer: () => new Promise<boolean>((resolve) => waiting.push(resolve)),
    release: () => waiting.shift()!(true),
  };
}

describe('StoreLease', () => {
  it('renews itself every third of its TTL', async () => {
    const { time, lease, writes } = leaseAnsweredBy(async () => true);
    await lease.taken;
    await time.advance(20_000);
    expect(writes.map(({ state }) => state)).toEqual(Array(11).fill('ready'));
    expect(writes.map(({ revision }) => revision)).toEqual(writes.map((_, i) => i + 1));
  });

  it('drains after the heartbeat in progress, never before or beside it', async () => {
    const store = heldBack();
    const { time, lease, writes } = leaseAnsweredBy(store.answer);
    await time.advance(0);
    store.release();
    await time.advance(2_000);
    const draining = lease.drain();
    await time.advance(0);
    expect(writes.map(({ state }) => state)).toEqual(['ready', 'ready']);
    store.release();
    await time.advance(0);
    store.release();
    await draining;
    await time.advance(2_000);
    expect(writes.map(({ state }) => state)).toEqual(['ready', 'ready', 'draining', 'draining']);
  });

  it('ends with the release, although a heartbeat was in progress', async () => {
    const store = heldBack();
    const { time, lease, writes } = leaseAnsweredBy(store.answer);
    await time.advance(0);
    store.release();
    await time.advance(2_000);
    const released = lease.release();
    store.release();
    await time.advance(0);
    store.release();
    await released;
    await lease.drain();
    await time.advance(60_000);
    expect(writes.map(({ state }) => state)).toEqual(['ready', 'ready', 'released']);
    expect(time.pending).toBe(0);
  });

  it('is not held after a TTL without an answer, and retries more often until there is one', async () => {
    let up = true;
    const { time, lease, writes } = leaseAnsweredBy(async () => {
      if (!up) throw new Error('down');
      return true;
    });
    await lease.taken;
    up = false;
    await time.advance(5_999);
    expect(lease.held).toBe(true);
    await time.advance(1);
    expect(lease.held).toBe(false);
    const before = writes.length;
    up = true;
    await time.advance(1_000);
    expect(lease.held).toBe(true);
    expect(writes.length - before).toBeGreaterThanOrEqual(1);
    expect(before).toBeGreaterThan(5);
  });

  it('stops and reports an error when another process has its id', async () => {
    const { time, lease, writes, errors } = leaseAnsweredBy(async () => false);
    await expect(lease.taken).rejects.toThrow(/Another process has registered as gateway-1/);
    await time.advance(60_000);
    expect(lease.held).toBe(false);
    expect(writes).toHaveLength(1);
    expect(errors).toHaveLength(1);
  });

  it('leaves the latest state in the store, however late and in any order its writes arrive', async () => {
    const action = fc.constantFrom('wait', 'drain', 'release');
    const fate = fc.constantFrom('stored', 'stored but not answered', 'stored late');
    await fc.assert(
      fc.asyncProperty(
        fc.array(action, { maxLength: 6 }),
        fc.array(fate, { minLength: 30, maxLength: 30 }),
        fc.infiniteStream(fc.nat()),
        async (actions, fates, order) => {
          const store = new MemoryRegistryStore(new ManualClock());
          const side = store.connect({ clock: new CorrectedClock(), changed: () => {}, lost: () => {} });
          const late: Entry[] = [];
          let written = 0;
          const { time, lease } = leaseAnsweredBy(async (entry) => {
            const fate = fates[written++] ?? 'stored';
            if (fate === 'stored late') late.push(entry);
            const stored = fate === 'stored late' || (await side.put({ ...entry, ttlMs: 1e9 }));
            if (fate !== 'stored') throw new Error('no answer');
            return stored;
          });
          lease.taken.catch(() => {});
          let expected: string | undefined = 'ready';
          for (const action of actions) {
            await time.advance(700);
            if (action === 'wait') continue;
            if (action === 'release') expected = undefined;
            else if (expected) expected = 'draining';
            await (action === 'drain' ? lease.drain() : lease.release());
          }
          // Without a release, heartbeats continue until one is answered; all that timed out arrive in the end.
          await time.advance(30_000);
          while (late.length > 0) {
            const [entry] = late.splice(order.next().value! % late.length, 1);
            await side.put({ ...entry!, ttlMs: 1e9 });
          }
          expect((await side.find('gateway-1'))?.state).toBe(expected);
        },
      ),
      { numRuns: 40 },
    );
  });
});
