import { describe, expect, it } from '@jest/globals';
import { parseTokenOptions } from './token-options.js';

describe('parseTokenOptions', () => {
  it('gives a token for an hour when nothing else is said', () => {
    expect(parseTokenOptions(['--sub', '42'])).toMatchObject({
      sub: '42',
      scope: undefined,
      expiresMs: 3_600_000,
    });
  });

  it.each([
    ['90s', 90_000],
    ['15m', 900_000],
    ['7d', 604_800_000],
  ])('reads %s', (text, expiresMs) => {
    expect(parseTokenOptions(['--sub', '42', '--expires', text])).toMatchObject({ expiresMs });
  });

  it.each([
    [[], '--sub takes a user id of 1 to 128 characters, as in --sub 42.'],
    [['--sub', 'x'.repeat(129)], '--sub takes a user id of 1 to 128 characters, as in --sub 42.'],
    [['--sub', '42', '--expires', 'soon'], '--expires takes a time like 90s, 15m, 1h or 7d, not "soon".'],
    [['--sub', '42', '--expires', '0s'], '--expires takes a time like 90s, 15m, 1h or 7d, not "0s".'],
  ])('says about %j what to write instead', (args, message) => {
    expect(() => parseTokenOptions(args)).toThrow(message);
  });
});
