import { describe, expect, it } from '@jest/globals';
import { ledgerAsTold } from './ledger-as-told.js';

const none = { reserved: 0, sold_out: 0, limit_reached: 0, not_started: 0, ended: 0, lapsed: 0 };

describe('ledgerAsTold', () => {
  const books = {
    saleId: 's',
    total: 2,
    perUserLimit: 1,
    available: 1,
    reserved: 1,
    sold: 0,
    opensAt: 0,
    closesAt: 9,
    requests: { ...none, reserved: 1, sold_out: 1 },
  };
  const ann = { saleId: 's', userId: 'ann' };
  const bob = { saleId: 's', userId: 'bob' };
  const listed = (requestId: string, decision: 'reserved' | 'sold_out') => ({
    status: 200,
    purchases: [{ requestId, decision, quantity: 1, decidedAt: 5 }],
  });

  it('gives each outcome its owner, and the sales their stock', () => {
    const { ledger, gaps } = ledgerAsTold(
      [books],
      [ann, bob],
      [listed('r1', 'reserved'), listed('r2', 'sold_out')],
    );
    expect(ledger.outcomes).toEqual([
      { ...ann, requestId: 'r1', decision: 'reserved', quantity: 1, decidedAt: 5 },
      { ...bob, requestId: 'r2', decision: 'sold_out', quantity: 1, decidedAt: 5 },
    ]);
    expect(ledger.sales[0]).toMatchObject({ saleId: 's', total: 2, available: 1 });
    expect(gaps).toEqual([]);
  });

  it('tells where the books count otherwise than the lists', () => {
    const { gaps } = ledgerAsTold([books], [ann, bob], [listed('r1', 'reserved'), 'unknown']);
    expect(gaps).toEqual(["s: the books count 1 requests as sold_out, the buyers' lists 0."]);
  });
});
