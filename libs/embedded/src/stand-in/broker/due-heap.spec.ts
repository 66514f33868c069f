import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { DueHeap } from './due-heap.js';

describe('DueHeap', () => {
  it('returns the earliest item first, and of equal times the one that was added first', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(9)), (times) => {
        const heap = new DueHeap<number>();
        for (const [index, at] of times.entries()) heap.push(at, index);
        const taken = Array.from({ length: heap.size }, () => heap.pop()!);
        const expected = times.map((at, item) => ({ at, item })).sort((a, b) => a.at - b.at);
        expect(taken.map(({ at, item }) => ({ at, item }))).toEqual(expected);
        expect(heap.pop()).toBeUndefined();
      }),
    );
  });
});
