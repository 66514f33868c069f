import { describe, expect, it } from '@jest/globals';
import { ManualClock } from '@seckill/clock';
import fc from 'fast-check';
import { WaitingRequests } from './waiting-requests.js';

function setUp(capacity = 100) {
  const clock = new ManualClock();
  const table = new WaitingRequests<string>(capacity, clock);
  const ends: string[] = [];
  const add = (name: string, ms: number) =>
    table.add(
      { settle: (reply) => ends.push(`${name} ${reply}`), expire: () => ends.push(`${name} expired`) },
      ms,
    );
  return { clock, table, ends, add };
}

describe('WaitingRequests', () => {
  it('settles a waiter once and removes it with its timer', async () => {
    const { clock, table, ends, add } = setUp();
    const id = add('a', 100)!;
    expect(table.settle(id, 'yes')).toBe(true);
    expect(table.settle(id, 'again')).toBe(false);
    await clock.advance(200);
    expect(ends).toEqual(['a yes']);
    expect(table.size).toBe(0);
    expect(clock.pending).toBe(0);
  });

  it('expires a waiter when its time is over; a reply after that is late', async () => {
    const { clock, table, ends, add } = setUp();
    const id = add('a', 100)!;
    await clock.advance(99);
    expect(ends).toEqual([]);
    await clock.advance(1);
    expect(ends).toEqual(['a expired']);
    expect(table.settle(id, 'late')).toBe(false);
  });

  it('is bounded, and has room again when a waiter is removed', () => {
    const { table, add } = setUp(2);
    const first = add('a', 100)!;
    add('b', 100);
    expect(add('c', 100)).toBeUndefined();
    table.remove(first);
    expect(add('c', 100)).toBeDefined();
  });

  it('never uses an id twice, so that a late reply cannot reach another waiter', () => {
    const { table, add } = setUp();
    const first = add('a', 100)!;
    table.remove(first);
    expect(add('b', 100)).not.toBe(first);
  });

  it('may be changed by a waiter that expires', () => {
    const { table } = setUp();
    const again = { settle: () => {}, expire: () => void table.add(again, 10) };
    table.add(again, 10);
    table.expireAll();
    expect(table.size).toBe(1);
  });

  it('does not expire a waiter that an expiring one has removed', () => {
    const { table, ends, add } = setUp();
    let other: number | undefined;
    table.add({ settle: () => {}, expire: () => void table.remove(other!) }, 10);
    other = add('other', 10);
    table.expireAll();
    expect(ends).toEqual([]);
  });

  it('ends every waiter exactly once, for any order of events', async () => {
    const step = fc.oneof(
      fc.record({ do: fc.constant('add' as const), ms: fc.integer({ min: 0, max: 50 }) }),
      fc.record({ do: fc.constantFrom('settle' as const, 'remove' as const), at: fc.nat(30) }),
      fc.record({ do: fc.constant('wait' as const), ms: fc.integer({ min: 0, max: 30 }) }),
      fc.record({ do: fc.constant('expireAll' as const) }),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 50 }),
        fc.integer({ min: 1, max: 5 }),
        async (steps, capacity) => {
          const { clock, table, ends, add } = setUp(capacity);
          const ids: number[] = [];
          let removed = 0;
          for (const action of steps) {
            if (action.do === 'add') {
              const full = table.size >= capacity;
              const id = add(`w${ids.length}`, action.ms);
              expect(id === undefined).toBe(full);
              if (id !== undefined) ids.push(id);
            } else if (action.do === 'settle') table.settle(ids[action.at] ?? -1, 'r');
            else if (action.do === 'remove') removed += Number(table.remove(ids[action.at] ?? -1));
            else if (action.do === 'wait') await clock.advance(action.ms);
            else table.expireAll();
            expect(ends.length + removed + table.size).toBe(ids.length);
            expect(clock.pending).toBe(table.size);
          }
          const names = ends.map((end) => end.split(' ')[0]);
          expect(new Set(names).size).toBe(names.length);
        },
      ),
      { numRuns: 300 },
    );
  });
});
