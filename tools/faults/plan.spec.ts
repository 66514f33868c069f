import { describe, expect, it } from '@jest/globals';
import { allKinds, kindsFor } from './kinds/index.js';
import { areApart, planOf } from './plan.js';
import { selection } from './selection.js';

const words = (seed: number) =>
  planOf(seed, { broker: 'stand-in', seconds: 30, only: [] }).faults.map(
    ({ atMs, fault }) => `${atMs} ${fault.words}`,
  );

describe('a plan', () => {
  it('is the same for the same seed', () => {
    for (let seed = 0; seed < 50; seed++) expect(words(seed)).toEqual(words(seed));
    expect(words(0)).not.toEqual(words(kindsFor('stand-in').length));
  });

  it('begins and can end within the time of the sale', () => {
    for (let seed = 0; seed < 200; seed++)
      for (const { atMs } of planOf(seed, { broker: 'stand-in', seconds: 30, only: [] }).faults) {
        expect(atMs).toBeGreaterThanOrEqual(4_000);
        expect(atMs).toBeLessThan(20_000);
      }
  });

  it('meets every kind in as many cases as there are kinds', () => {
    const { length } = kindsFor('stand-in');
    const met = Array.from({ length }, (_, seed) => {
      const [first] = planOf(seed, { broker: 'stand-in', seconds: 30, only: [] }).faults;
      return first!.kind.name;
    });
    expect(new Set(met).size).toBe(length);
  });

  it('never inflicts two faults on one victim', () => {
    for (let seed = 0; seed < 500; seed++) {
      const [first, second] = planOf(seed, { broker: 'stand-in', seconds: 30, only: [] }).faults;
      if (second) expect(areApart(first!.fault, second.fault)).toBe(true);
    }
  });
});

describe('the selection', () => {
  it('has every kind, and a victim for each fault of a case', () => {
    const plans = [...selection('stand-in'), ...selection('real')];
    const met = plans.flatMap(({ faults }) => faults.map(({ kind }) => kind.name));
    expect(allKinds.map(({ name }) => name).filter((name) => !met.includes(name))).toEqual([]);
    for (const { seed, faults } of plans)
      for (const [i, { fault }] of faults.entries())
        for (const other of faults.slice(i + 1))
          expect([seed, fault.words, other.fault.words, areApart(fault, other.fault)]).toEqual([
            seed,
            fault.words,
            other.fault.words,
            true,
          ]);
  });
});
