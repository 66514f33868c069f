import { describe, expect, it } from '@jest/globals';
import { expiryOf, RocketMqRecordBuilder } from './record.js';

const NOW = 1_795_300_000_000;
const record = () => new RocketMqRecordBuilder('hello');

describe('the expiry of a record', () => {
  it('is none by default', () => {
    expect(expiryOf(record().build(), NOW)).toBe(0);
  });

  it('is counted from the moment of sending, or is the deadline that was set', () => {
    expect(expiryOf(record().setExpiry(60_000).build(), NOW)).toBe(NOW + 60_000);
    expect(
      expiryOf(
        record()
          .setExpiresAtMs(NOW + 7)
          .build(),
        NOW,
      ),
    ).toBe(NOW + 7);
  });

  it('is what was set last', () => {
    expect(
      expiryOf(
        record()
          .setExpiry(60_000)
          .setExpiresAtMs(NOW + 7)
          .build(),
        NOW,
      ),
    ).toBe(NOW + 7);
    expect(
      expiryOf(
        record()
          .setExpiresAtMs(NOW + 7)
          .setExpiry(60_000)
          .build(),
        NOW,
      ),
    ).toBe(NOW + 60_000);
  });

  // What could not be encoded, or not be read again, took all that travelled with it down.
  it.each([60_000.5, Number.MAX_SAFE_INTEGER, Number.MAX_VALUE])(
    'is a whole number that is safe: %d',
    (ms) => {
      expect(Number.isSafeInteger(expiryOf(record().setExpiry(ms).build(), NOW))).toBe(true);
      expect(Number.isSafeInteger(expiryOf(record().setExpiresAtMs(ms).build(), NOW))).toBe(true);
    },
  );

  it.each([0, -1, Infinity, NaN])('must be a positive number, not %d', (ms) => {
    expect(() => record().setExpiry(ms)).toThrow(TypeError);
    expect(() => record().setExpiresAtMs(ms)).toThrow(TypeError);
  });
});
