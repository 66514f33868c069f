import { describe, expect, it } from '@jest/globals';
import { derivedRequestId, RequestIds } from './request-id.js';

describe('request ids', () => {
  it('are UUIDv7 without a key, and never the same', () => {
    const requestIds = new RequestIds();
    const ids = Array.from({ length: 2_000 }, () => requestIds.next());
    for (const id of ids)
      expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('use no random byte for two ids', () => {
    let drawn = 0;
    const requestIds = new RequestIds((bytes) => bytes.fill(++drawn), 2);
    const tails = Array.from({ length: 6 }, () => requestIds.next().slice(-10));
    expect(tails).toEqual([1, 1, 2, 2, 3, 3].map((n) => `0${n}`.repeat(5)));
  });

  it('are UUIDv8 with a key, the same for ever', () => {
    // Pinned: another value would give retries across a deployment another identity.
    expect(derivedRequestId('alice', 'sale', 'key')).toBe('df0add9d-e55d-8c4d-a3e2-2099b6d66133');
  });

  it('differ by user, sale and key, also where strung together they would not', () => {
    const ids = [
      derivedRequestId('alice', 'sale', 'key'),
      derivedRequestId('bob', 'sale', 'key'),
      derivedRequestId('alice', 'sale2', 'key'),
      derivedRequestId('alice', 'sale', '2key'),
      derivedRequestId('alicesale', '', 'key'),
      derivedRequestId('alice","sale', '', 'key'),
    ];
    expect(new Set(ids).size).toBe(ids.length);
  });
});
