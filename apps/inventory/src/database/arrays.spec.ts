import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import pg from 'pg';
import { numberArray, textArray } from './arrays.js';

/** Type id of `text[]`, which the driver's types leave out. */
const TEXT_ARRAY = 1009;

/** What Postgres reads from a literal, by the parser that comes with the driver. */
const read = (literal: string) =>
  (pg.types.getTypeParser(TEXT_ARRAY as never) as (literal: string) => (string | null)[])(literal);

describe('array literals', () => {
  it('come back as they went, with quotes, backslashes, commas, braces and NULL', () => {
    fc.assert(
      fc.property(fc.array(fc.option(anyText, { nil: undefined })), (items) => {
        expect(read(textArray(items))).toEqual(items.map((item) => item ?? null));
      }),
    );
  });

  it('hold numbers and NULL', () => {
    expect(numberArray([1, undefined, -2.5])).toBe('{1,NULL,-2.5}');
    expect(numberArray([])).toBe('{}');
  });
});

const anyText = fc.oneof(fc.string(), fc.constantFrom('NULL', '{', '}', '\\"', ',', '', '"'));
