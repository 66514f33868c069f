import { describe, expect, it } from '@jest/globals';
import type { PurchaseQuery } from '@seckill/inventory-client';
import { PurchaseLocations } from './purchase-location.js';

const request: PurchaseQuery = {
  saleId: 'sale',
  requestId: '0190c0de-0000-7000-8000-000000000001',
  userId: 'alice',
  decideByMs: 1_700_000_060_000,
  quantity: 2,
};

describe('PurchaseLocations', () => {
  const locations = new PurchaseLocations(Buffer.alloc(32, 7));
  const query = Object.fromEntries(new URL(locations.sign(request), 'http://x').searchParams);

  it('reads what it has signed, on any gateway with the same key', () => {
    expect(new PurchaseLocations(Buffer.alloc(32, 7)).read(request, query)).toEqual(request);
  });

  it('reads nothing with another key', () => {
    expect(new PurchaseLocations(Buffer.alloc(32, 8)).read(request, query)).toBeUndefined();
  });

  it.each([
    ['user', { userId: 'mallory' }],
    ['sale', { saleId: 'other' }],
    ['request', { requestId: '0190c0de-0000-7000-8000-000000000002' }],
  ])('reads nothing for another %s', (_, change) => {
    expect(locations.read({ ...request, ...change }, query)).toBeUndefined();
  });

  it.each([
    ['a later end', { until: '1700000060001' }],
    ['another quantity', { quantity: '3' }],
    ['no signature', { signature: undefined }],
    ['an empty signature', { signature: '' }],
    ['two signatures', { signature: [query['signature']!, query['signature']!] }],
    ['a padded signature', { signature: `${query['signature']}=` }],
    ['no end', { until: undefined }],
    ['an end that is no number', { until: '1e12' }],
    ['an end with a leading zero', { until: `0${query['until']}` }],
  ])('reads nothing with %s', (_, change) => {
    expect(locations.read(request, { ...query, ...change })).toBeUndefined();
  });

  it('reads nothing when any one character of the signature differs', () => {
    const signature = query['signature']!;
    for (let i = 0; i < signature.length; i++) {
      const other = signature[i] === 'A' ? 'B' : 'A';
      const tampered = signature.slice(0, i) + other + signature.slice(i + 1);
      expect(locations.read(request, { ...query, signature: tampered })).toBeUndefined();
    }
  });

  it('signs differently what would look the same when strung together', () => {
    const a = locations.sign({ ...request, saleId: 'ab', userId: 'c' });
    const b = locations.sign({ ...request, saleId: 'a', userId: 'bc' });
    expect(a.split('signature=')[1]).not.toBe(b.split('signature=')[1]);
  });
});
