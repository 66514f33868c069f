import { describe, expect, it } from '@jest/globals';
import { RegistryClosedError } from './errors.js';
import type { Instance, InstanceState } from './instance.js';
import { InstanceCache } from './instance-cache.js';
import { LocalCopy } from './local-copy.js';

function instance(id: string, state: InstanceState = 'ready'): Instance {
  return { id, role: 'gateway', address: `${id}:1`, state, startedAt: 0 };
}

function cacheOf(max: number) {
  const copy = new LocalCopy((error) => {
    throw error;
  });
  const log: string[] = [];
  const cache = new InstanceCache(copy, 'gateway', {
    create: ({ id }) => {
      log.push(`+${id}`);
      return { id };
    },
    close: ({ id }) => log.push(`-${id}`),
    max,
  });
  return { copy, cache, log };
}

describe('InstanceCache', () => {
  it('makes one thing per instance, when it is first asked for', () => {
    const { cache, log } = cacheOf(10);
    expect(cache.get(instance('a'))).toBe(cache.get(instance('a')));
    expect(log).toEqual(['+a']);
  });

  it('closes what belongs to an instance that left, not to one that drains', () => {
    const { copy, cache, log } = cacheOf(10);
    copy.replace([instance('a'), instance('b'), instance('c')]);
    cache.get(instance('a'));
    cache.get(instance('b'));
    copy.replace([instance('b', 'draining')]);
    expect(log).toEqual(['+a', '+b', '-a']);
    expect(cache.size).toBe(1);
  });

  it('keeps an instance that was looked up before it was listed', () => {
    const { copy, cache, log } = cacheOf(10);
    copy.replace([]);
    cache.get(instance('fresh'));
    copy.replace([instance('other')]);
    copy.replace([instance('fresh'), instance('other')]);
    expect(log).toEqual(['+fresh']);
    copy.replace([instance('other')]);
    expect(log).toEqual(['+fresh', '-fresh']);
  });

  // An entry that was wrong for some seconds cost all answers to that instance until its end.
  it('makes a new one for an instance whose address was set right', () => {
    const { copy, cache, log } = cacheOf(10);
    copy.replace([instance('a')]);
    const wrong = cache.get({ ...instance('a'), address: 'elsewhere:1' });
    const right = cache.get(instance('a'));
    expect(right).not.toBe(wrong);
    expect(cache.get(instance('a', 'draining'))).toBe(right);
    expect(log).toEqual(['+a', '-a', '+a']);
    expect(cache.size).toBe(1);
  });

  it('closes the least recently used one first when there are too many', () => {
    const { cache, log } = cacheOf(2);
    for (const id of ['a', 'b', 'a', 'c', 'a', 'b']) cache.get(instance(id));
    expect(log).toEqual(['+a', '+b', '+c', '-b', '+b', '-c']);
  });

  it('closes everything with itself, and makes nothing more', () => {
    const { copy, cache, log } = cacheOf(10);
    copy.replace([instance('a')]);
    cache.get(instance('a'));
    cache.close();
    cache.close();
    copy.replace([]);
    expect(log).toEqual(['+a', '-a']);
    expect(() => cache.get(instance('a'))).toThrow(RegistryClosedError);
  });

  it('refuses to be of no use', () => {
    expect(() => cacheOf(0)).toThrow(/pass max as a positive integer/);
  });
});
