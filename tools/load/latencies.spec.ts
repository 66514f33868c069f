import { describe, expect, it } from '@jest/globals';
import { Latencies } from './latencies.js';

describe('Latencies', () => {
  const of = (...values: number[]) => {
    const latencies = new Latencies();
    for (const ms of values) latencies.record(ms);
    return latencies;
  };

  it('tells percentiles to three digits', () => {
    const latencies = of(...Array.from({ length: 1_000 }, (_, i) => i + 1));
    for (const [percent, ms] of [
      [50, 500],
      [99, 990],
      [99.9, 999],
    ] as const) {
      expect(Math.abs(latencies.percentile(percent) - ms)).toBeLessThanOrEqual(ms / 1_000);
    }
    expect(latencies.count).toBe(1_000);
  });

  it('knows the longest, also past a minute, and what lasts less than a millisecond', () => {
    expect(of(0.25).percentile(50)).toBe(0.25);
    expect(of(3, 90_000).max).toBeCloseTo(90_000, -2);
  });

  it('counts by powers of two, without the empty ends', () => {
    expect(of(0.5, 1, 1.5, 2, 9).octaves()).toEqual([
      { fromMs: 0, toMs: 1, count: 1 },
      { fromMs: 1, toMs: 2, count: 2 },
      { fromMs: 2, toMs: 4, count: 1 },
      { fromMs: 4, toMs: 8, count: 0 },
      { fromMs: 8, toMs: 16, count: 1 },
    ]);
    expect(of(9).octaves()).toEqual([{ fromMs: 8, toMs: 16, count: 1 }]);
  });

  it('is empty before anything was recorded', () => {
    expect([of().count, of().percentile(99), of().max, of().octaves()]).toEqual([0, 0, 0, []]);
  });
});
