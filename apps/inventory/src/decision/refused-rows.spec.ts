import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { purchase, TestLedger } from '../testing/ledger.js';
import type { Purchase } from '@seckill/purchase';
import type { Verdict } from './decision.js';
import { Decisions } from './decisions.js';

let ledger: TestLedger;
beforeAll(async () => {
  ledger = await TestLedger.start();
}, 60_000);
afterAll(() => ledger.remove());

const unobserved = { decided: () => {}, batch: () => {}, refused: () => {} };
const words = (verdicts: Verdict[]) =>
  verdicts.map((verdict) => (verdict.kind === 'outcome' ? verdict.outcome.decision : verdict.kind));

describe('a row that the database refuses', () => {
  it.each<[string, Partial<Purchase>]>([
    ['a NUL in the user', { userId: 'a\0b' }],
    ['a user that is too long', { userId: 'x'.repeat(129) }],
    ['a user that is empty', { userId: '' }],
    ['a time that no calendar has', { decideByMs: 1e18 }],
    ['a request id that is none', { requestId: 'not-a-uuid' }],
  ])('alone gets no outcome: %s', async (_, fields) => {
    const decisions = new Decisions(ledger.decisions(), unobserved);
    const saleId = await ledger.sale({ total: 3 });
    const batch = [{}, {}, fields, {}, {}, {}].map((fields) => purchase(saleId, fields));
    const verdicts = await decisions.decide(batch);
    // The stock goes to the others in the order of arrival, as if the bad one had never come.
    expect(words(verdicts)).toEqual(['reserved', 'reserved', 'invalid', 'reserved', 'sold_out', 'sold_out']);
    expect(await ledger.books(saleId)).toMatchObject({ available: 0, reserved: 3, granted: 3 });
  });

  it('also gets no outcome for a quantity above the maximum', async () => {
    const decisions = new Decisions(ledger.decisions(), unobserved);
    const saleId = await ledger.sale({ total: 5_000, perUserLimit: 5_000 });
    const batch = [1, 1_001, 1_000].map((quantity) => purchase(saleId, { quantity }));
    expect(words(await decisions.decide(batch))).toEqual(['reserved', 'invalid', 'reserved']);
    expect(await ledger.books(saleId)).toMatchObject({ available: 3_999, reserved: 1_001, granted: 1_001 });
  });

  it('is not the row of a request id that another sale takes at the same moment', async () => {
    const [left, right] = [1, 2].map(() => new Decisions(ledger.decisions(), unobserved));
    for (let round = 0; round < 20; round++) {
      const saleIds = [await ledger.sale(), await ledger.sale()] as const;
      const contested = purchase(saleIds[0]);
      const batch = (saleId: string) => [purchase(saleId), { ...contested, saleId }, purchase(saleId)];
      const both = await Promise.all([left!.decide(batch(saleIds[0])), right!.decide(batch(saleIds[1]))]);
      const contestedVerdicts = both.map((verdicts) => verdicts[1]!);
      const mismatches = contestedVerdicts.filter(
        (verdict) => verdict.kind === 'outcome' && verdict.mismatch,
      );
      expect(mismatches).toHaveLength(1);
      for (const verdicts of both)
        expect([words(verdicts)[0], words(verdicts)[2]]).toEqual(['reserved', 'reserved']);
    }
  }, 30_000);
});
