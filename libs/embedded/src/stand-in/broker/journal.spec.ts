import { describe, expect, it } from '@jest/globals';
import { Journal } from './journal.js';
import { MemoryStore } from './memory-store.js';
import type { Change } from './store.js';

const change = (id: string): Change => ({ kind: 'undelay', at: 0, id });

/** A store whose commits end when the test says so. */
class SlowStore extends MemoryStore {
  readonly commits: { ids: string[]; end: (error?: Error) => void }[] = [];

  override commit(changes: readonly Change[]): Promise<void> {
    const ids = changes.map((one) => (one.kind === 'undelay' ? one.id : one.kind));
    return new Promise((resolve, reject) =>
      this.commits.push({ ids, end: (error) => (error ? reject(error) : resolve()) }),
    );
  }
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('Journal', () => {
  it('flushes a change at once, and gathers changes during a flush into the next one', async () => {
    const store = new SlowStore();
    const journal = new Journal(store);
    journal.add(change('1'));
    await turn();
    journal.add(change('2'));
    journal.add(change('3'));
    let flushed = false;
    const done = journal.flushed().then(() => (flushed = true));
    await turn();
    expect(store.commits.map(({ ids }) => ids)).toEqual([['1']]);
    store.commits[0]!.end();
    await turn();
    expect(store.commits.map(({ ids }) => ids)).toEqual([['1'], ['2', '3']]);
    expect(flushed).toBe(false);
    store.commits[1]!.end();
    await done;
  });

  it('confirms nothing after the store has failed', async () => {
    const store = new SlowStore();
    const failures: unknown[] = [];
    const journal = new Journal(store, { onFailure: (error) => failures.push(error) });
    journal.add(change('1'));
    const first = journal.flushed();
    await turn();
    journal.add(change('2'));
    store.commits[0]!.end(new Error('disk full'));
    await expect(first).rejects.toThrow('disk full');
    await expect(journal.flushed()).rejects.toThrow('disk full');
    expect(failures).toHaveLength(1);
    expect(store.commits).toHaveLength(1);
  });
});
