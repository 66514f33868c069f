import { describe, expect, it } from '@jest/globals';
import type { Instance, InstanceState } from './instance.js';
import { LocalCopy } from './local-copy.js';

function instance(id: string, role = 'gateway', state: InstanceState = 'ready'): Instance {
  return { id, role, address: 'localhost:1', state, startedAt: 0 };
}

describe('LocalCopy', () => {
  it('calls a listener only after the first list, also when that is empty', () => {
    const copy = new LocalCopy(() => {});
    const heard: number[] = [];
    copy.watch('gateway', (list) => heard.push(list.length));
    expect(heard).toEqual([]);
    copy.replace([]);
    expect(heard).toEqual([0]);
    copy.watch('gateway', (list) => heard.push(list.length + 10));
    expect(heard).toEqual([0, 10]);
  });

  it('notifies only about roles that changed, and keeps the arrays of the others', () => {
    const copy = new LocalCopy(() => {});
    copy.replace([instance('g-2'), instance('i-1', 'inventory'), instance('g-1')]);
    const before = copy.list('inventory');
    const heard: string[] = [];
    copy.watch('gateway', (list) => heard.push(list.map(({ id, state }) => `${id} ${state}`).join()));
    copy.watch('inventory', () => heard.push('inventory'));
    copy.replace([instance('i-1', 'inventory'), instance('g-1', 'gateway', 'draining'), instance('g-2')]);
    expect(heard).toEqual(['g-1 ready,g-2 ready', 'inventory', 'g-1 draining,g-2 ready']);
    expect(copy.list('inventory')).toBe(before);
    copy.replace([instance('i-1', 'inventory')]);
    expect(heard.at(-1)).toBe('');
    expect(copy.get('g-1')).toBeUndefined();
  });

  it('tolerates listeners that throw, remove each other or add others while they are called', () => {
    const errors: unknown[] = [];
    const copy = new LocalCopy((error) => errors.push(error));
    const heard: string[] = [];
    copy.watch('gateway', () => {
      stop();
      throw new Error('careless');
    });
    const stop = copy.watch('gateway', () => heard.push('stopped'));
    copy.watch('gateway', (list) => {
      heard.push('outer');
      if (list.length === 1) copy.watch('gateway', () => heard.push('inner'));
    });
    copy.replace([instance('g-1')]);
    expect(heard).toEqual(['outer', 'inner']);
    copy.replace([]);
    expect(heard).toEqual(['outer', 'inner', 'outer', 'inner']);
    expect(errors).toHaveLength(2);
  });

  it('returns nothing that a caller could change', () => {
    const copy = new LocalCopy(() => {});
    copy.replace([instance('g-1')]);
    expect(Object.isFrozen(copy.list('gateway'))).toBe(true);
    expect(Object.isFrozen(copy.get('g-1'))).toBe(true);
  });
});
