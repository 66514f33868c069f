import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { rendezvous, Rendezvous } from './rendezvous.js';

const keys = Array.from({ length: 8_000 }, (_, i) => `sale-${i}`);
const members = Array.from({ length: 8 }, (_, i) => `inventory-0198c0de-0000-7000-8000-00000000000${i}`);

/** Which keys each member has. */
function shares(names: readonly string[]): Map<string, string[]> {
  const group = new Rendezvous(names);
  const shares = new Map<string, string[]>(names.map((name) => [name, []]));
  for (const key of keys) shares.get(group.choose(key)!)!.push(key);
  return shares;
}

/** Pearson's chi-squared of the sizes against equal shares. */
function chiSquared(sizes: number[]): number {
  const expected = keys.length / sizes.length;
  return sizes.reduce((sum, size) => sum + (size - expected) ** 2 / expected, 0);
}

describe('Rendezvous', () => {
  it('moves only the keys of a member that leaves, and spreads them over the others', () => {
    const before = new Rendezvous(members);
    const [gone, ...rest] = members as [string, ...string[]];
    const after = new Rendezvous(rest);
    const heirs = new Map<string, number>();
    for (const key of keys.filter((key) => before.choose(key) !== after.choose(key))) {
      expect(before.choose(key)).toBe(gone);
      heirs.set(after.choose(key)!, (heirs.get(after.choose(key)!) ?? 0) + 1);
    }
    // About 1,000 keys to 7 heirs: 143 each, standard deviation 11.
    expect(heirs.size).toBe(7);
    for (const inherited of heirs.values()) expect(Math.abs(inherited - 143)).toBeLessThan(50);
  });

  it('gives a member that joins its share of the keys and moves no other key', () => {
    const before = new Rendezvous(members);
    const joined = 'inventory-0198c0de-0000-7000-8000-00000000000a';
    const after = new Rendezvous([...members, joined]);
    const moved = keys.filter((key) => before.choose(key) !== after.choose(key));
    expect(moved.every((key) => after.choose(key) === joined)).toBe(true);
    // One in nine: 889, standard deviation 28.
    expect(Math.abs(moved.length - 889)).toBeLessThan(115);
  });

  it('chooses the same for any order of the members, and for any names', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.string(), { minLength: 1, maxLength: 8 }), fc.string(), (names, key) => {
        const chosen = rendezvous(key, names);
        expect(names).toContain(chosen);
        expect(rendezvous(key, names.toReversed())).toBe(chosen);
        expect(rendezvous(key, [...names, ...names])).toBe(chosen);
        for (const other of names.filter((name) => name !== chosen))
          expect(
            rendezvous(
              key,
              names.filter((name) => name !== other),
            ),
          ).toBe(chosen);
      }),
    );
  });

  it('balances names that differ in one character as evenly as random choice would', () => {
    for (let n = 2; n <= members.length; n++) {
      const sizes = [...shares(members.slice(0, n)).values()].map((share) => share.length);
      // 99.9th percentile of chi-squared with up to 7 degrees of freedom is 24.3. The keys are fixed: no flakes.
      expect(chiSquared(sizes)).toBeLessThan(24.3);
    }
  });

  it('chooses nothing from an empty group', () => {
    expect(rendezvous('sale-1', [])).toBeUndefined();
  });

  it('keeps its choices from one release to the next', () => {
    const names = ['inventory-a', 'inventory-b', 'inventory-c'];
    expect(['sale-1', 'sale-2', 'sale-3', 'sale-4'].map((key) => rendezvous(key, names))).toEqual([
      'inventory-b',
      'inventory-a',
      'inventory-a',
      'inventory-b',
    ]);
  });
});
