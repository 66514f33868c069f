import { describe, expect, it } from '@jest/globals';
import type { Sale, SaleTerms } from '@seckill/inventory-client';
import { changeSale, type Conditions } from './change-sale.js';

const OPENS = 1_000;
const terms: SaleTerms = { title: 'A sale', total: 10, perUserLimit: 2, opensAt: OPENS, closesAt: 2_000 };
const stored: Sale = { saleId: 's', terms, available: 5, reserved: 3, sold: 2, version: 4 };
const anyhow: Conditions = { ifMatch: [], mustExist: false, mustNotExist: false };

const change = (changed: Partial<SaleTerms>, now = OPENS, conditions: Partial<Conditions> = {}) =>
  changeSale(stored, { ...terms, ...changed }, { ...anyhow, ...conditions }, now);

describe('changeSale', () => {
  it('changes nothing for the same terms', () => {
    expect(change({})).toEqual({ kind: 'unchanged' });
  });

  it('moves the total, down to what is reserved and sold', () => {
    expect(change({ total: 20 })).toEqual({ kind: 'changed', available: 15 });
    expect(change({ total: 5 })).toEqual({ kind: 'changed', available: 0 });
    expect(change({ total: 4 })).toMatchObject({ kind: 'refused', reason: 'total-below-sold' });
  });

  it('freezes the opening at the moment of opening', () => {
    expect(change({ opensAt: OPENS + 1 }, OPENS - 1)).toMatchObject({ kind: 'changed' });
    expect(change({ opensAt: OPENS + 1 }, OPENS)).toMatchObject({
      kind: 'refused',
      reason: 'opens-at-frozen',
    });
  });

  it('only raises the limit once open', () => {
    expect(change({ perUserLimit: 1 }, OPENS - 1)).toMatchObject({ kind: 'changed' });
    expect(change({ perUserLimit: 3 })).toMatchObject({ kind: 'changed' });
    expect(change({ perUserLimit: 1 })).toMatchObject({ kind: 'refused', reason: 'limit-lowered' });
  });

  it('moves the closing at any time', () => {
    expect(change({ closesAt: 1_001 }, 5_000)).toMatchObject({ kind: 'changed' });
  });

  it("enforces the caller's conditions", () => {
    expect(change({}, OPENS, { ifMatch: [3, 4] })).toEqual({ kind: 'unchanged' });
    expect(change({ total: 20 }, OPENS, { ifMatch: [3] })).toMatchObject({ reason: 'version-mismatch' });
    expect(change({}, OPENS, { mustNotExist: true })).toMatchObject({ reason: 'sale-exists' });
    const create = (conditions: Partial<Conditions>) =>
      changeSale(undefined, terms, { ...anyhow, ...conditions }, 0);
    expect(create({})).toEqual({ kind: 'created' });
    expect(create({ mustNotExist: true })).toEqual({ kind: 'created' });
    expect(create({ mustExist: true })).toMatchObject({ reason: 'sale-missing' });
    expect(create({ ifMatch: [1] })).toMatchObject({ reason: 'sale-missing' });
  });
});
