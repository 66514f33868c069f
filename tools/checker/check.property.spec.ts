import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { LOST, play, type Step } from './testing/sequential-shop.js';
import { defects } from './testing/defects.js';
import { check, DECISIONS } from './index.js';

const seed = Number(process.env['SEED'] ?? Date.now() % 2 ** 31);
const runs = (numRuns: number) => ({ seed, numRuns });

const kinds = ['stored', 'pending', 'refused', 'list', 'unknown'];

const step: fc.Arbitrary<Step> = fc.record({
  user: fc.nat(4),
  act: fc.constantFrom('buy', 'buy', 'buy', 'buy', 'read', 'list'),
  key: fc.nat(2),
  quantity: fc.integer({ min: 1, max: 3 }),
  pause: fc.nat(60),
  decidedAfter: fc.nat(LOST + 20),
  answeredAfter: fc.nat(LOST + 20),
  luck: fc.constantFrom(
    ...(['answered', 'answered', 'answered', 'answered'] as const),
    ...(['answer lost', 'never answered', 'refused before the queue'] as const),
  ),
});
const terms = fc.record({
  total: fc.integer({ min: 1, max: 12 }),
  perUserLimit: fc.integer({ min: 1, max: 4 }),
  opensAt: fc.constantFrom(0, 60),
  closesAt: fc.constantFrom(600, 100_000),
});
const scenario = fc.tuple(fc.array(step, { minLength: 1, maxLength: 60, size: 'max' }), terms);

describe(`a shop that does everything rightly (SEED=${seed})`, () => {
  it('passes, whatever buyers do and whatever gets lost', () => {
    const seen = new Set<string>();
    fc.assert(
      fc.property(scenario, ([steps, terms]) => {
        const { history, ledger } = play(steps, terms);
        const verdict = check(history, ledger);
        expect(verdict.violations).toEqual([]);
        for (const [kind, count] of Object.entries(verdict.answers)) if (count > 0) seen.add(kind);
        for (const { decision } of ledger.outcomes) seen.add(decision);
      }),
      runs(300),
    );
    expect([...seen].sort()).toEqual([...kinds, ...DECISIONS].sort());
  });

  it.each(defects)('is caught when $what', ({ check: name, apply }) => {
    let committed = 0;
    fc.assert(
      fc.property(scenario, fc.nat(), ([steps, terms], choice) => {
        const run = play(steps, terms);
        const wrong = apply(run, (from) => from[choice % from.length]);
        if (!wrong) return;
        committed++;
        expect(Object.keys(check(wrong.history, wrong.ledger).counts)).toContain(name);
      }),
      runs(100),
    );
    expect(committed).toBeGreaterThan(10);
  });
});
