import { describe, expect, it } from '@jest/globals';
import { goodCase, stored, type Case } from './testing/good-history.js';
import { check, CHECKS, describe as inWords, type CheckName } from './index.js';

const REUSED = { problem: 'idempotency-key-reused' };

const breaking: readonly (readonly [CheckName, string, (broken: Case) => void])[] = [
  ['impossible-history', 'an answer before its question', (c) => (c.operation('eve').completedAt = 1389)],
  ['impossible-history', 'an operation recorded twice', (c) => c.operations.push({ ...c.operation('gus') })],
  ['malformed-answer', 'a 201 without decidedAt', (c) => (c.answer('ann').decidedAt = undefined)],
  ['malformed-answer', 'a 409 lapsed that is not stored', (c) => c.respond('gus', 409, 'lapsed')],
  [
    'oversold',
    'more units taken than there are',
    (c) => {
      Object.assign(c.sale, { available: -1, reserved: 5 });
      c.purchase('zoe', 1372, stored('r-zoe', 'zoe', 1, 'reserved', 1380));
    },
  ],
  [
    'oversold',
    'for a moment, more units taken than there are',
    (c) => {
      Object.assign(c.samples[1]!, { available: -1, reserved: 6 });
    },
  ],
  ['unbalanced', 'a unit twice', (c) => (c.sale.available = 1)],
  ['unbalanced', 'for a moment, a unit nowhere', (c) => (c.samples[1]!.available = 0)],
  [
    'stock-differs-from-outcomes',
    'a unit available that somebody has',
    (c) => {
      Object.assign(c.sale, { available: 1, reserved: 3 });
    },
  ],
  ['undersold', 'sold out while a unit is left', (c) => c.addUnits(1)],
  [
    'undersold',
    "a gateway's own sold out while a unit is left",
    (c) => {
      c.addUnits(1);
      c.lose('r-eve');
      c.respond('eve', 409, 'sold_out');
    },
  ],
  [
    'sold-after-refusal',
    'a unit sold after one was refused as sold out',
    (c) => {
      c.lose('r-dan');
      c.unsee('dan');
      c.purchase('zoe', 2000, stored('r-zoe', 'zoe', 1, 'reserved', 2010));
    },
  ],
  [
    'sold-after-refusal',
    'a unit sold to a user after one was refused for the limit',
    (c) => {
      c.addUnits(1);
      c.purchase('dan-1', 1300, stored('r-dan-1', 'dan', 1, 'reserved', 1305));
      c.purchase('dan-2', 1310, stored('r-dan-2', 'dan', 1, 'limit_reached', 1315));
      c.respond('dan', 201, 'reserved', { requestId: 'r-dan', decidedAt: 1350, quantity: 1 });
      Object.assign(c.sale, { available: 0, reserved: 5 });
    },
  ],
  ['over-limit', 'users with more than the limit', (c) => (c.sale.perUserLimit = 1)],
  [
    'needless-limit-refusal',
    'a refusal for a limit that was not reached',
    (c) => {
      c.outcome('r-eve').decision = 'limit_reached';
      Object.assign(c.answer('eve'), { decision: 'limit_reached', problem: 'limit-reached' });
    },
  ],
  [
    'key-changed-outcome',
    'one key that is two requests',
    (c) => {
      c.purchase('cy-3', 1320, stored('r-cy-3', 'cy', 2, 'sold_out', 1330), 'k2');
    },
  ],
  [
    'needless-key-refusal',
    'a key refused as used, which never was',
    (c) => c.respond('gus', 422, undefined, REUSED),
  ],
  [
    'needless-key-refusal',
    'a key refused for the very quantity that it stands for',
    (c) => {
      c.respond('ann-again', 422, undefined, REUSED);
      c.operation('ann-otherwise').response = 'unknown';
    },
  ],
  [
    'refused-after-outcome',
    'a key that was told its outcome, and then that the sale has ended',
    (c) => c.respond('ann-again', 409, 'ended', { problem: 'ended' }),
  ],
  [
    'two-outcomes',
    'a request decided twice',
    (c) => {
      c.outcomes.push({ ...c.outcome('r-eve'), decision: 'reserved' });
    },
  ],
  [
    'impossible-outcome',
    'a reservation of nothing',
    (c) => {
      c.purchase('zoe', 1372, stored('r-zoe', 'zoe', 0, 'reserved', 1380));
    },
  ],
  [
    'impossible-outcome',
    'an outcome in a sale that is not there',
    (c) => {
      c.outcomes.push({ ...stored('r-zoe', 'zoe', 1, 'reserved', 1380), saleId: 'tablet' });
    },
  ],
  ['not-durable', 'a refusal that is not stored', (c) => c.lose('r-eve')],
  [
    'false-reservation',
    'a 201 without anything stored',
    (c) => {
      c.purchase('zoe', 1372, stored('r-zoe', 'zoe', 1, 'reserved', 1380));
      c.lose('r-zoe');
    },
  ],
  [
    'false-reservation',
    'a 201 for a refusal',
    (c) => {
      c.respond('eve', 201, 'reserved', { requestId: 'r-eve', decidedAt: 1400, quantity: 1 });
    },
  ],
  ['false-reservation', 'a 201 for more units than are reserved', (c) => (c.answer('ann').quantity = 3)],
  [
    'false-reservation',
    'a reservation of units that nobody asked for',
    (c) => {
      Object.assign(c.operation('bob'), { quantity: 1 });
    },
  ],
  [
    'false-refusal',
    'a poll told sold out, and reserved',
    (c) => (c.answer('bob-read').decision = 'sold_out'),
  ],
  [
    'false-refusal',
    'an attempt refused before the queue, and reserved',
    (c) => {
      c.respond('dan', 503, undefined, { requestId: 'r-dan' });
    },
  ],
  [
    'pending-for-ever',
    'a pending request that is never decided',
    (c) => (c.answer('bob').requestId = 'r-none'),
  ],
  ['needless-refusal', 'a sale that is there and said not to be', (c) => c.respond('gus', 404)],
  ['needless-refusal', 'a buyer who is not believed', (c) => c.respond('gus', 401)],
  ['forgotten', 'a Location that leads nowhere', (c) => c.respond('bob-read', 404)],
  [
    'forgotten',
    'a list that lacks a purchase',
    (c) => {
      c.answer('ann-list').purchases = c.answer('ann-list').purchases!.slice(1);
    },
  ],
  ['unasked-outcome', 'a reservation that nobody asked for', (c) => (c.outcome('r-dan').userId = 'zoe')],
  [
    'unasked-outcome',
    'a second outcome for one lost attempt',
    (c) => {
      c.outcomes.push(stored('r-dan-2', 'dan', 1, 'sold_out', 1360));
    },
  ],
  [
    'unasked-outcome',
    'an outcome of a purchase that was certainly not sent',
    (c) => {
      c.outcomes.push(stored('r-gus', 'gus', 1, 'sold_out', 1720));
    },
  ],
  [
    'disagreement',
    'two refusals of one request',
    (c) => {
      Object.assign(c.answer('eve'), { decision: 'ended', problem: 'ended' });
    },
  ],
  ['disagreement', 'a poll that tells another time', (c) => (c.answer('bob-read').decidedAt = 1201)],
  ['disagreement', 'a poll that tells another quantity', (c) => (c.answer('hal-read').quantity = 2)],
  [
    'disagreement',
    'an answer that names another existing purchase',
    (c) => {
      c.answer('ann-2').existingRequestId = 'r-bob';
    },
  ],
  [
    'went-back',
    'a decided request that becomes pending again',
    (c) => {
      c.operations.push({
        ...c.operation('bob-read'),
        operationId: 'again',
        invokedAt: 1230,
        completedAt: 1240,
      });
      c.respond('again', 200, 'pending', { requestId: 'r-bob' });
    },
  ],
  [
    'wrong-existing-purchase',
    "a limit that names somebody else's purchase",
    (c) => {
      c.outcome('r-ann-2').existingRequestId = 'r-bob';
      c.answer('ann-2').existingRequestId = 'r-bob';
      c.unsee('ann-list');
    },
  ],
  [
    'misdelivered',
    "an answer to somebody else's request",
    (c) => {
      c.respond('eve', 409, 'sold_out', { requestId: 'r-cy', decidedAt: 1300 });
      c.lose('r-eve');
      c.unsee('cy-again');
    },
  ],
  [
    'misdelivered',
    'two attempts without a key that are one request',
    (c) => {
      c.operations.push({ ...c.operation('eve'), operationId: 'eve-2' });
    },
  ],
  [
    'misdelivered',
    'a read that answers for another request',
    (c) => {
      Object.assign(c.operation('hal-read'), { requestId: 'r-other' });
    },
  ],
  ['late-decision', 'a decision after decideBy', (c) => (c.outcome('r-dan').decideBy = 1349)],
  ['lapsed-early', 'a lapse before decideBy', (c) => (c.outcome('r-hal').decideBy = 62_001)],
  ['window-misjudged', 'a reservation accepted too early', (c) => (c.outcome('r-dan').acceptedAt = 999)],
  ['window-misjudged', 'a reservation accepted too late', (c) => (c.outcome('r-dan').acceptedAt = 9000)],
  [
    'window-misjudged',
    'a refusal as too early at the moment of opening',
    (c) => {
      c.outcome('r-early').acceptedAt = 1000;
    },
  ],
  ['window-misjudged', 'a refusal as too late before closing', (c) => (c.outcome('r-ida').acceptedAt = 8999)],
];

describe('check', () => {
  it('finds nothing in a good history', () => {
    const { history, ledger } = goodCase();
    expect(check(history, ledger)).toMatchObject({ ok: true, violations: [], counts: {} });
  });

  it.each(breaking)('%s finds %s, and no other check does', (name, _what, breakIt) => {
    const broken = goodCase();
    breakIt(broken);
    const verdict = check(broken.history, broken.ledger);
    expect({ ok: verdict.ok, checks: Object.keys(verdict.counts) }).toEqual({ ok: false, checks: [name] });
    expect(verdict.violations[0]).toMatchObject({ check: name, invariant: CHECKS[name].invariant });
    expect(inWords(verdict)).toContain(`BROKEN (${name}, ${verdict.counts[name]} time`);
  });

  it('lets a lost answer stand for any outcome, but for one', () => {
    for (const decision of ['reserved', 'sold_out', 'ended'] as const) {
      const { history, ledger } = goodCase();
      const operations = [{ ...history.operations[0]!, operationId: 'lost', response: 'unknown' as const }];
      const outcomes = [{ ...stored('r-lost', 'fay', 1, decision, 1100), acceptedAt: undefined }];
      const { counts } = check({ operations, completeSales: ['phone'] }, { ...ledger, outcomes });
      expect(counts['unasked-outcome']).toBeUndefined();
    }
  });

  it('matches keys that were sent with several quantities to what is stored', () => {
    const { history, ledger } = goodCase();
    const attempt = (operationId: string, idempotencyKey: string, quantity: number) => {
      const lost = { ...history.operations[0]!, response: 'unknown' as const };
      return { ...lost, kind: 'purchase' as const, operationId, idempotencyKey, quantity };
    };
    const operations = [
      attempt('1', 'a', 1),
      attempt('2', 'a', 2),
      attempt('3', 'b', 2),
      attempt('4', 'b', 3),
    ];
    const rows = (...quantities: number[]) =>
      quantities.map((quantity, n) => stored(`r${n}`, 'fay', quantity, 'ended', 9100));
    const unasked = (...quantities: number[]) =>
      check({ operations, completeSales: ['phone'] }, { ...ledger, outcomes: rows(...quantities) }).counts[
        'unasked-outcome'
      ] ?? 0;
    expect([unasked(2, 1), unasked(2, 3), unasked(2, 2), unasked(1, 3)]).toEqual([0, 0, 0, 0]);
    expect([unasked(1, 1), unasked(3, 3), unasked(1, 2, 3)]).toEqual([1, 1, 1]);
  });

  it('judges by the terms that held when they were changed while selling', () => {
    const raised = goodCase();
    raised.addUnits(3);
    expect(check(raised.history, raised.ledger).counts).toHaveProperty('undersold');
    raised.sale.formerTerms = [{ total: 5 }];
    expect(check(raised.history, raised.ledger).counts).toEqual({});
  });

  it('does not call foreign what an incomplete history cannot know', () => {
    const partial = goodCase();
    partial.completeSales = [];
    partial.outcomes.push(stored('r-x', 'somebody', 1, 'sold_out', 2000));
    expect(check(partial.history, partial.ledger).ok).toBe(true);
  });

  it('does not hold against the shop what is pending when the recording was broken off', () => {
    const early = goodCase();
    early.answer('bob').requestId = 'r-none';
    early.lose('r-bob');
    early.unsee('bob-read');
    expect(check(early.history, early.ledger).counts).toHaveProperty('pending-for-ever');
    expect(check(early.history, early.ledger, { settled: false }).counts).not.toHaveProperty(
      'pending-for-ever',
    );
  });

  it('counts all violations, and keeps the first few of each check', () => {
    const broken = goodCase();
    broken.outcomes = [];
    const verdict = check(broken.history, broken.ledger, { violationsKept: 2 });
    expect(verdict.counts['not-durable']).toBe(7);
    expect(verdict.violations.filter((violation) => violation.check === 'not-durable')).toHaveLength(2);
  });

  it('has a history that breaks it for every check', () => {
    expect([...new Set(breaking.map(([name]) => name))].sort()).toEqual(Object.keys(CHECKS).sort());
  });
});
