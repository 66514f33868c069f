import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { OffsetRanges } from './offset-ranges.js';

describe('OffsetRanges', () => {
  it('contains the same offsets as a Set, for any order of adding', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(40)), fc.nat(40), (offsets, from) => {
        const ranges = new OffsetRanges();
        const plain = new Set<number>();
        for (const offset of offsets) {
          expect(ranges.add(offset)).toBe(!plain.has(offset));
          plain.add(offset);
        }
        expect(ranges.size).toBe(plain.size);
        for (let offset = 0; offset <= 41; offset++) expect(ranges.has(offset)).toBe(plain.has(offset));
        let free = from;
        while (plain.has(free)) free++;
        expect(ranges.passFrom(from)).toBe(free);
        expect(ranges.size).toBe([...plain].filter((offset) => offset >= free).length);
      }),
    );
  });
});
