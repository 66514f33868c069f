import { describe, expect, it } from '@jest/globals';
import { checkInstance, newInstanceId } from './instance.js';

describe('an instance', () => {
  const gateway = { id: 'gateway-1', role: 'gateway', address: '[::1]:50051', startedAt: 1 };

  it('has an id with its role, new for each start and later than those before', () => {
    const ids = Array.from({ length: 1_000 }, () => newInstanceId('gateway'));
    expect(ids[0]).toMatch(/^gateway-[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/);
    expect(new Set(ids).size).toBe(1_000);
    expect(ids.toSorted()).toEqual(ids);
  });

  it('is refused when it could not be found or reached', () => {
    expect(() => checkInstance(gateway)).not.toThrow();
    expect(() => checkInstance({ ...gateway, id: '' })).toThrow(/use newInstanceId/);
    expect(() => checkInstance({ ...gateway, id: 'x'.repeat(201) })).toThrow(/use newInstanceId/);
    expect(() => checkInstance({ ...gateway, role: '' })).toThrow(/has no role/);
    expect(() => checkInstance({ ...gateway, address: 'localhost' })).toThrow(/pass host:port/);
    expect(() => checkInstance({ ...gateway, startedAt: NaN })).toThrow(/whole ms/);
  });
});
