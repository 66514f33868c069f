import { describe, expect, it } from '@jest/globals';
import { check, type Ledger, type Operation } from '@tools/checker';
import { tally } from '@tools/load';
import { isIntact, report } from './report.js';
import type { SaleResult } from './run-sale.js';

const saleId = 'sale-1';
const decidedAt = 5_000;

/** Three buyers, two units: answered after 10, 20 and 40 ms. */
function resultOf(change: Partial<SaleResult> = {}, available = 0): SaleResult {
  const told = ['reserved', 'reserved', 'sold_out'] as const;
  const operations = told.map((decision, n): Operation => ({
    kind: 'purchase',
    operationId: String(n),
    userId: `u${n}`,
    saleId,
    gateway: 'g',
    quantity: 1,
    idempotencyKey: `k${n}`,
    invokedAt: n,
    completedAt: n + 10 * 2 ** n,
    response: {
      status: decision === 'reserved' ? 201 : 409,
      decision,
      requestId: `r${n}`,
      quantity: 1,
      decidedAt,
    },
  }));
  const terms = { total: 2, perUserLimit: 1, opensAt: 0, closesAt: 9_999 };
  const ledger: Ledger = {
    sales: [{ saleId, ...terms, available, reserved: 2, sold: 0 }],
    outcomes: told.map((decision, n) => ({
      requestId: `r${n}`,
      saleId,
      userId: `u${n}`,
      quantity: 1,
      decision,
      decidedAt,
    })),
  };
  const history = { operations, completeSales: [saleId] };
  return {
    saleIds: [saleId],
    tally: tally(history),
    verdict: check(history, ledger),
    evidence: { ledger, source: 'the rows', gaps: [] },
    came: 3,
    know: 3,
    pending: 0,
    cut: undefined,
    ...change,
  };
}

describe('report', () => {
  it('tells answers, latencies and the verdict', () => {
    expect(isIntact(resultOf())).toBe(true);
    expect(report(resultOf())).toBe(`3 requests to buy and 0 questions afterwards in 0.0 s: 71 requests/s
  201 reserved  2  66.7 %
  409 sold_out  1  33.3 %
Each of the 3 buyers knows their outcome.

ms                             p50  p90  p99  p99.9  max
  until an answer               20   40   40     40   40
  from first click to outcome   20   40   40     40   40

   8 to 16 ms  1  ████████████████████████████████████████
  16 to 32 ms  1  ████████████████████████████████████████
  32 to 64 ms  1  ████████████████████████████████████████

Checked: 3 answers against the rows.
sale-1: 2 of 2 units sold to 2 buyers, none twice; 1 told sold out; 0 pending.
3 operations: 3 answered with an outcome, 0 as pending, 0 refused, 0 without an answer.
Every answer agrees with the ledger. No invariant is broken.`);
  });

  it('is not intact when the checker finds something, and says what', () => {
    const broken = resultOf({}, 1);
    expect(isIntact(broken)).toBe(false);
    expect(report(broken)).toContain('I2 BROKEN (unbalanced, 1 time).');
  });

  it('is not intact when the evidence has gaps', () => {
    const { ledger } = resultOf().evidence;
    const broken = resultOf({ evidence: { ledger, source: 'what is told', gaps: ['a unit is missing.'] } });
    expect(isIntact(broken)).toBe(false);
    expect(report(broken)).toContain('BROKEN: a unit is missing.');
  });

  it('says when it was cut short, and who does not know yet', () => {
    const words = report(resultOf({ cut: 'interrupted', know: 1, pending: 1 }));
    expect(words).toContain('Interrupted: no more buyers came.');
    expect(words).toContain('2 of 3 buyers do not know their outcome, 1 are pending.');
  });
});
