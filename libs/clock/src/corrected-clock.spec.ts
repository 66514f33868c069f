import { describe, expect, it } from '@jest/globals';
import { CorrectedClock } from './corrected-clock.js';

describe('CorrectedClock', () => {
  const at = (initial: number) => {
    let monotonic = 1_000;
    const clock = new CorrectedClock(
      () => monotonic,
      () => initial,
    );
    return { clock, pass: (ms: number) => (monotonic += ms) };
  };

  it('runs from the initial reading until it is corrected', () => {
    const { clock, pass } = at(50_000);
    pass(25);
    expect(clock.now()).toBe(50_025);
    expect(clock.corrected).toBe(false);
  });

  it('assumes that the reference answered in the middle of the round trip', () => {
    const { clock, pass } = at(50_000);
    const mark = clock.mark();
    pass(20);
    clock.correct(mark, 90_000);
    expect(clock.now()).toBe(90_010);
  });

  it('trusts the shortest of the last round trips, and forgets old ones', () => {
    const { clock, pass } = at(0);
    const sample = (roundTrip: number, error: number) => {
      const mark = clock.mark();
      pass(roundTrip);
      clock.correct(mark, mark + roundTrip / 2 + 100_000 + error);
      return clock.now() - clock.mark() - 100_000;
    };
    expect(sample(2, 0)).toBe(0);
    expect(sample(500, 200)).toBe(0);
    expect(sample(500, 200)).toBe(0);
    expect(sample(500, 200)).toBe(0);
    expect(sample(500, 200)).toBe(200);
  });

  it('believes a later round trip that contradicts a shorter one', () => {
    const { clock, pass } = at(0);
    const sample = (roundTrip: number, ahead: number) => {
      const mark = clock.mark();
      pass(roundTrip);
      clock.correct(mark, mark + roundTrip / 2 + ahead);
      return clock.now() - clock.mark();
    };
    expect(sample(2, 100_000)).toBe(100_000);
    // The machine was suspended for half a minute, which its monotonic source did not count.
    expect(sample(4, 130_000)).toBe(130_000);
    expect(sample(6, 130_002)).toBe(130_000);
  });
});
