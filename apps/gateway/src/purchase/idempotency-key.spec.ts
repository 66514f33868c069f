import { describe, expect, it } from '@jest/globals';
import { parseIdempotencyKey } from './idempotency-key.js';

describe('parseIdempotencyKey', () => {
  it.each([
    [undefined, undefined],
    ['k', 'k'],
    ['!~', '!~'],
    ['x'.repeat(128), 'x'.repeat(128)],
    ['"k"', 'k'],
    [`"${'x'.repeat(128)}"`, 'x'.repeat(128)],
    ['"a\\"b\\\\c"', 'a"b\\c'],
    ['a"b', 'a"b'],
  ])('reads %s as %s', (header, key) => {
    expect(parseIdempotencyKey(header)).toBe(key);
  });

  it.each(['', ' ', 'a b', 'a,b c', 'ä', '\x7f', 'x'.repeat(129), '"', '""', '"a', '"a"b', '"a b"', '"\\a"'])(
    'refuses %j',
    (header) => {
      expect(() => parseIdempotencyKey(header)).toThrow('invalid-request: wrong or missing: Idempotency-Key');
    },
  );
});
