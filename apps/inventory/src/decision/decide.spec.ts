import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Decision, Outcome } from '@seckill/inventory-client';
import { decide } from './decide.js';
import {
  holder,
  type Entry,
  type Holding,
  type Known,
  type PurchaseEntry,
  type SaleState,
} from './decision.js';

const OPENS = 1_000;
const CLOSES = 2_000;
const NOW = 1_500;

const sale = (fields: Partial<SaleState> = {}): SaleState => ({
  available: 10,
  perUserLimit: 2,
  opensAt: OPENS,
  closesAt: CLOSES,
  ...fields,
});

const known = (fields: Partial<Known> = {}, state: Partial<SaleState> = {}): Known => ({
  now: NOW,
  sales: new Map([['s', sale(state)]]),
  stored: new Map(),
  holdings: new Map(),
  ...fields,
});

let ids = 0;
const buy = (fields: Partial<PurchaseEntry> = {}): PurchaseEntry => ({
  kind: 'purchase',
  requestId: `r${ids++}`,
  saleId: 's',
  userId: `u${ids++}`,
  quantity: 1,
  acceptedAt: NOW,
  decideBy: NOW + 100,
  ...fields,
});

const decisions = (entries: Entry[], state: Known): string[] =>
  decide(entries, state).verdicts.map((verdict) =>
    verdict.kind === 'outcome' ? verdict.outcome.decision : verdict.kind,
  );

describe('decide', () => {
  it('sells the one that fits when 2 are left and 3, then 1 are asked for', () => {
    const { verdicts, taken } = decide(
      [buy({ quantity: 3 }), buy({ quantity: 1 })],
      known({}, { available: 2, perUserLimit: 5 }),
    );
    expect(verdicts.map((v) => v.kind === 'outcome' && v.outcome.decision)).toEqual(['sold_out', 'reserved']);
    expect(taken).toEqual(new Map([['s', 1]]));
  });

  it('counts what a user was given earlier in the batch, and names the newest of it', () => {
    const first = buy({ userId: 'u' });
    const second = buy({ userId: 'u' });
    const { verdicts } = decide([first, second, buy({ userId: 'u' })], known());
    expect(verdicts[2]).toMatchObject({
      outcome: { decision: 'limit_reached', existingRequestId: second.requestId },
    });
  });

  it('counts what a user had before, and names that purchase', () => {
    const holdings = new Map([[holder('s', 'u'), { units: 2, newest: 'before' }]]);
    expect(decide([buy({ userId: 'u' })], known({ holdings })).verdicts[0]).toMatchObject({
      outcome: { decision: 'limit_reached', existingRequestId: 'before' },
    });
  });

  it('refuses a quantity above the limit also to a user who has nothing, without naming a purchase', () => {
    const [verdict] = decide([buy({ quantity: 3 })], known()).verdicts;
    expect(verdict).toMatchObject({ outcome: { decision: 'limit_reached' } });
    expect(verdict).not.toHaveProperty('outcome.existingRequestId');
  });

  it('judges the window on the moment of acceptance: open at its first moment, closed at its last', () => {
    const at = (acceptedAt: number) => decisions([buy({ acceptedAt })], known())[0];
    expect([at(OPENS - 1), at(OPENS), at(CLOSES - 1), at(CLOSES)]).toEqual([
      'not_started',
      'reserved',
      'reserved',
      'ended',
    ]);
  });

  it('decides until decideBy and not after it', () => {
    const by = (decideBy: number) => decisions([buy({ decideBy })], known())[0];
    expect([by(NOW), by(NOW - 1)]).toEqual(['reserved', 'lapsed']);
  });

  it.each<[string, Partial<PurchaseEntry>, Partial<SaleState>, Decision]>([
    ['lapsed before too early', { decideBy: NOW - 1, acceptedAt: OPENS - 1 }, {}, 'lapsed'],
    ['too early before the limit', { acceptedAt: OPENS - 1, quantity: 3 }, {}, 'not_started'],
    ['too late before the limit', { acceptedAt: CLOSES, quantity: 3 }, {}, 'ended'],
    ['the limit before the stock', { quantity: 3 }, { available: 0 }, 'limit_reached'],
  ])('says %s', (_, fields, state, decision) => {
    expect(decisions([buy(fields)], known({}, state))).toEqual([decision]);
  });

  it('returns what is stored, whatever else holds now', () => {
    const stored = new Map<string, Outcome>([
      ['r', { requestId: 'r', saleId: 's', userId: 'u', quantity: 1, decision: 'reserved', decidedAt: 7 }],
    ]);
    const repeat = buy({ requestId: 'r', userId: 'u', decideBy: 0 });
    const decided = decide([repeat], known({ stored }, { available: 0 }));
    expect(decided.verdicts).toEqual([{ kind: 'outcome', outcome: stored.get('r'), mismatch: false }]);
    expect(decided.fresh).toEqual([]);
  });

  it('gives a request id that comes twice in a batch the outcome of the first', () => {
    const first = buy();
    const { verdicts, fresh, taken } = decide([first, { ...first }], known());
    expect(verdicts[1]).toEqual(verdicts[0]);
    expect(fresh).toHaveLength(1);
    expect(taken.get('s')).toBe(1);
  });

  it.each<[string, Partial<PurchaseEntry>]>([
    ['sale', { saleId: 'other' }],
    ['user', { userId: 'other' }],
    ['quantity', { quantity: 2 }],
  ])('tells a request id that was used with another %s', (_, fields) => {
    const first = buy();
    const { verdicts, fresh } = decide([first, { ...first, ...fields }], known());
    expect(verdicts[1]).toMatchObject({ mismatch: true, outcome: { requestId: first.requestId } });
    expect(fresh).toHaveLength(1);
  });

  it('knows nothing of a sale that does not exist', () => {
    expect(decisions([buy({ saleId: 'nowhere' })], known())).toEqual(['unknown sale']);
  });

  it('never reserves for a request that was only asked about', () => {
    const ask = (decideBy: number): Entry => ({
      kind: 'lapse',
      requestId: 'r',
      saleId: 's',
      userId: 'u',
      quantity: 0,
      decideBy,
    });
    expect(decisions([ask(NOW)], known())).toEqual(['pending']);
    expect(decisions([ask(NOW - 1)], known())).toEqual(['lapsed']);
    const purchase = buy({ requestId: 'r', userId: 'u' });
    expect(decisions([ask(NOW), purchase, ask(NOW)], known())).toEqual(['pending', 'reserved', 'reserved']);
  });

  it('takes a quantity that nobody knew as fitting any', () => {
    const ask: Entry = { kind: 'lapse', requestId: 'r', saleId: 's', userId: 'u', quantity: 0, decideBy: 0 };
    const late = buy({ requestId: 'r', userId: 'u', quantity: 2, decideBy: 0 });
    expect(decide([ask, late], known()).verdicts[1]).toMatchObject({ mismatch: false });
  });

  it('decides a batch exactly as a ledger that takes one request at a time', () => {
    fc.assert(
      fc.property(
        fc.array(anyEntry, { maxLength: 40 }),
        fc.array(anyStart, { maxLength: 6 }),
        (entries, start) => {
          const model = new OneAtATime();
          for (const entry of start) model.take(entry);
          const decided = decide(entries, model.known(entries));
          const before = new Map(model.available);
          const expected = entries.map((entry) => model.take(entry));
          expect(decided.verdicts.map((v) => (v.kind === 'outcome' ? v.outcome : v.kind))).toEqual(expected);
          for (const [id, available] of model.available)
            expect(before.get(id)! - (decided.taken.get(id) ?? 0)).toBe(available);
          const ids = decided.fresh.map(({ outcome }) => outcome.requestId);
          expect(new Set(ids).size).toBe(ids.length);
        },
      ),
      { numRuns: 500 },
    );
  });
});

const anyEntry: fc.Arbitrary<Entry> = fc.record({
  kind: fc.constantFrom('purchase', 'purchase', 'purchase', 'lapse'),
  requestId: fc.integer({ min: 0, max: 30 }).map(String),
  saleId: fc.constantFrom('a', 'b', 'missing'),
  userId: fc.constantFrom('u', 'v', 'w'),
  quantity: fc.integer({ min: 1, max: 4 }),
  acceptedAt: fc.constantFrom(OPENS - 1, OPENS, NOW, CLOSES - 1, CLOSES),
  decideBy: fc.constantFrom(NOW - 1, NOW, NOW + 1, NOW + 1),
}) as fc.Arbitrary<Entry>;

const anyStart = anyEntry.filter(({ kind }) => kind === 'purchase');

/** The rule as a shopkeeper would tell it: one book, one customer at a time. */
class OneAtATime {
  readonly available = new Map([
    ['a', 6],
    ['b', 3],
  ]);
  readonly #book: Outcome[] = [];

  take(entry: Entry): Outcome | string {
    const stored = this.#book.find(({ requestId }) => requestId === entry.requestId);
    if (stored) return stored;
    const left = this.available.get(entry.saleId);
    if (left === undefined) return 'unknown sale';
    const mine = this.#mine(entry);
    const held = mine.reduce((sum, { quantity }) => sum + quantity, 0);
    let decision: Decision = 'reserved';
    if (NOW > entry.decideBy) decision = 'lapsed';
    else if (entry.kind === 'lapse') return 'pending';
    else if (entry.acceptedAt < OPENS) decision = 'not_started';
    else if (entry.acceptedAt >= CLOSES) decision = 'ended';
    else if (held + entry.quantity > 5) decision = 'limit_reached';
    else if (left < entry.quantity) decision = 'sold_out';
    else this.available.set(entry.saleId, left - entry.quantity);
    const { requestId, saleId, userId, quantity } = entry;
    const outcome: Outcome = { requestId, saleId, userId, quantity, decision, decidedAt: NOW };
    const newest = mine.at(-1);
    if (decision === 'limit_reached' && newest) outcome.existingRequestId = newest.requestId;
    this.#book.push(outcome);
    return outcome;
  }

  known(entries: Entry[]): Known {
    const holdings = new Map<string, Holding>();
    for (const entry of entries) {
      const mine = this.#mine(entry);
      const units = mine.reduce((sum, { quantity }) => sum + quantity, 0);
      if (units > 0)
        holdings.set(holder(entry.saleId, entry.userId), { units, newest: mine.at(-1)!.requestId });
    }
    const ids = new Set(entries.map(({ requestId }) => requestId));
    return {
      now: NOW,
      sales: new Map(
        [...this.available].map(([id, available]) => [id, sale({ available, perUserLimit: 5 })]),
      ),
      stored: new Map(this.#book.filter((o) => ids.has(o.requestId)).map((o) => [o.requestId, o])),
      holdings,
    };
  }

  #mine({ saleId, userId }: Entry): Outcome[] {
    return this.#book.filter((o) => o.saleId === saleId && o.userId === userId && o.decision === 'reserved');
  }
}
