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
  it('makes one value per instance, at the first get', () => {
    const { cache, log } = cacheOf(10);
    expect(cache.get(instance('a'))).toBe(cache.get(instance('a')));
    expect(log).toEqual(['+a']);
  });

  it('closes the value of an instance that left, not of one that drains', () => {
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

  // An address that was wrong for some seconds made every later answer to that instance fail.
  it('makes a new value for an instance whose address was corrected', () => {
    const { copy, cache, log } = cacheOf(10);
    copy.replace([instance('a')]);
    const wrong = cache.get({ ...instance('a'), address: 'elsewhere:1' });
    const right = cache.get(instance('a'));
    expect(right).not.toBe(wrong);
    expect(cache.get(instance('a', 'draining'))).toBe(right);
    expect(log).toEqual(['+a', '-a', '+a']);
    expect(cache.size).toBe(1);
  });

  it('closes the least recently used value when there are too many', () => {
    const { cache, log } = cacheOf(2);
    for (const id of ['a', 'b', 'a', 'c', 'a', 'b']) cache.get(instance(id));
    expect(log).toEqual(['+a', '+b', '+c', '-b', '+b', '-c']);
  });

  it('closes all values when it is closed, and makes no more', () => {
    const { copy, cache, log } = cacheOf(10);
    copy.replace([instance('a')]);
    cache.get(instance('a'));
    cache.close();
    cache.close();
    copy.replace([]);
    expect(log).toEqual(['+a', '-a']);
    expect(() => cache.get(instance('a'))).toThrow(RegistryClosedError);
  });

  it('refuses a maximum of 0', () => {
    expect(() => cacheOf(0)).toThrow(/pass max as a positive integer/);
  });
});
