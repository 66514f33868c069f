import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { hash64 } from './hash64.js';
import { jump, laneOf } from './jump.js';

describe('jump', () => {
  it('gives the buckets of Guava', () => {
    // HashingTest.testConsistentHash_linearCongruentialGeneratorCompatibility, https://github.com/google/guava
    const golden = [0, 55, 62, 8, 45, 59, 86, 97, 82, 59, 73, 37, 17, 56, 86, 21, 90, 37, 38, 83];
    expect(golden.map((_, key) => jump(BigInt(key), 100))).toEqual(golden);
    expect(jump(10863919174838991n, 11)).toBe(6);
    expect(jump(2016238256797177309n, 11)).toBe(3);
    expect(jump(1673758223894951030n, 11)).toBe(5);
    expect(jump(2n, 100_001)).toBe(80343);
    expect(jump(2201n, 100_001)).toBe(22152);
    expect(jump(2202n, 100_001)).toBe(15018);
  });

  it('gives the buckets of go-jump as their number grows', () => {
    // https://github.com/dgryski/go-jump/blob/master/jump_test.go
    const grow = (key: bigint, upTo: number) =>
      Array.from({ length: upTo }, (_, buckets) => jump(key, buckets + 1));
    expect(grow(1n, 19)).toEqual([0, 0, 0, 0, 0, 0, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 17, 17]);
    expect(grow(0xdeadbeefn, 19)).toEqual([0, 1, 2, 3, 3, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 16, 16, 16]);
    expect(grow(0x0ddc0ffeebadf00dn, 19)).toEqual([
      0, 1, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 15, 15, 15, 15,
    ]);
  });

  it('moves a key only to the bucket that was added', () => {
    fc.assert(
      fc.property(fc.bigInt(0n, 2n ** 64n - 1n), fc.integer({ min: 1, max: 10_000 }), (key, buckets) => {
        expect([jump(key, buckets), buckets]).toContain(jump(key, buckets + 1));
      }),
    );
  });

  it('refuses an invalid number of buckets', () => {
    for (const buckets of [0, -1, 1.5, NaN, 2 ** 31]) expect(() => jump(1n, buckets)).toThrow(RangeError);
  });
});

describe('laneOf', () => {
  const keys = Array.from({ length: 9_000 }, (_, i) => `order-${i}`);

  it('moves one key in nine when a ninth lane is added', () => {
    const moved = keys.filter((key) => laneOf(key, 8) !== laneOf(key, 9));
    expect(moved.every((key) => laneOf(key, 9) === 8)).toBe(true);
    // 1,000 expected, standard deviation 30.
    expect(Math.abs(moved.length - 1_000)).toBeLessThan(120);
  });

  it('has no collisions among many short keys', () => {
    expect(new Set(keys.map(hash64)).size).toBe(keys.length);
  });
});
