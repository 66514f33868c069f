import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  exampleOutcome,
  examplePurchase,
  isQuestion,
  type Decision,
  type Outcome,
  type Purchase,
} from '@seckill/purchase';
import { decide } from './decide.js';
import { holder, type Holding, type Known, type SaleState } from './decision.js';

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

const buy = (fields: Partial<Purchase> = {}): Purchase =>
  examplePurchase({ saleId: 's', acceptedAtMs: NOW, decideByMs: NOW + 100, ...fields });
/** A question about a request. */
const ask = (fields: Partial<Purchase> = {}): Purchase => buy({ acceptedAtMs: 0, quantity: 0, ...fields });

const decisions = (purchases: Purchase[], state: Known): string[] =>
  decide(purchases, state).verdicts.map((verdict) =>
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
    const holdings = new Map([[holder({ saleId: 's', userId: 'u' }), { units: 2, newest: 'before' }]]);
    expect(decide([buy({ userId: 'u' })], known({ holdings })).verdicts[0]).toMatchObject({
      outcome: { decision: 'limit_reached', existingRequestId: 'before' },
    });
  });

  it('refuses a quantity above the limit also to a user who has nothing, without naming a purchase', () => {
    const [verdict] = decide([buy({ quantity: 3 })], known()).verdicts;
    expect(verdict).toMatchObject({ outcome: { decision: 'limit_reached', existingRequestId: '' } });
  });

  it('judges the window on the moment of acceptance: open at its first moment, closed at its last', () => {
    const at = (acceptedAtMs: number) => decisions([buy({ acceptedAtMs })], known())[0];
    expect([at(OPENS - 1), at(OPENS), at(CLOSES - 1), at(CLOSES)]).toEqual([
      'not_started',
      'reserved',
      'reserved',
      'ended',
    ]);
  });

  it('decides until the deadline and not after it', () => {
    const by = (decideByMs: number) => decisions([buy({ decideByMs })], known())[0];
    expect([by(NOW), by(NOW - 1)]).toEqual(['reserved', 'lapsed']);
  });

  it.each<[string, Partial<Purchase>, Partial<SaleState>, Decision]>([
    ['lapsed before too early', { decideByMs: NOW - 1, acceptedAtMs: OPENS - 1 }, {}, 'lapsed'],
    ['too early before the limit', { acceptedAtMs: OPENS - 1, quantity: 3 }, {}, 'not_started'],
    ['too late before the limit', { acceptedAtMs: CLOSES, quantity: 3 }, {}, 'ended'],
    ['the limit before the stock', { quantity: 3 }, { available: 0 }, 'limit_reached'],
  ])('says %s', (_, fields, state, decision) => {
    expect(decisions([buy(fields)], known({}, state))).toEqual([decision]);
  });

  it('returns what is stored, whatever else holds now', () => {
    const outcome = exampleOutcome({ saleId: 's', decision: 'reserved' });
    const { requestId, userId, quantity } = outcome;
    const stored = new Map([[requestId, outcome]]);
    const repeat = buy({ requestId, userId, quantity, decideByMs: 0 });
    const decided = decide([repeat], known({ stored }, { available: 0 }));
    expect(decided.verdicts).toEqual([{ kind: 'outcome', outcome, mismatch: false }]);
    expect(decided.fresh).toEqual([]);
  });

  it('gives a request id that comes twice in a batch the outcome of the first', () => {
    const first = buy();
    const { verdicts, fresh, taken } = decide([first, { ...first }], known());
    expect(verdicts[1]).toEqual(verdicts[0]);
    expect(fresh).toHaveLength(1);
    expect(taken.get('s')).toBe(1);
  });

  it.each<[string, Partial<Purchase>]>([
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
    const at = (decideByMs: number) => ask({ requestId: 'r', userId: 'u', decideByMs });
    expect(decisions([at(NOW)], known())).toEqual(['pending']);
    expect(decisions([at(NOW - 1)], known())).toEqual(['lapsed']);
    const purchase = buy({ requestId: 'r', userId: 'u' });
    expect(decisions([at(NOW), purchase, at(NOW)], known())).toEqual(['pending', 'reserved', 'reserved']);
  });

  it('treats an unknown quantity as matching any', () => {
    const asked = ask({ requestId: 'r', userId: 'u', decideByMs: 0 });
    const late = buy({ requestId: 'r', userId: 'u', quantity: 2, decideByMs: 0 });
    expect(decide([asked, late], known()).verdicts[1]).toMatchObject({ mismatch: false });
  });

  it('gives an outcome with every field set', () => {
    const holdings = new Map([[holder({ saleId: 's', userId: 'u' }), { units: 2, newest: 'before' }]]);
    const { fresh } = decide([buy({ userId: 'u' })], known({ holdings }));
    const { outcome } = fresh[0]!;
    expect(Object.keys(outcome).toSorted()).toEqual(Object.keys(exampleOutcome()).toSorted());
    for (const [field, value] of Object.entries(outcome))
      expect({ field, isSet: !!value }).toEqual({ field, isSet: true });
  });

  it('decides a batch exactly as a ledger that takes one request at a time', () => {
    fc.assert(
      fc.property(
        fc.array(anyEntry, { maxLength: 40 }),
        fc.array(anyPurchase, { maxLength: 6 }),
        (purchases, start) => {
          const model = new OneAtATime();
          for (const purchase of start) model.take(purchase);
          const decided = decide(purchases, model.known(purchases));
          const before = new Map(model.available);
          const expected = purchases.map((purchase) => model.take(purchase));
          expect(decided.verdicts.map((v) => (v.kind === 'outcome' ? v.outcome : v.kind))).toMatchObject(
            expected,
          );
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

const anyPurchase: fc.Arbitrary<Purchase> = fc
  .record({
    requestId: fc.integer({ min: 0, max: 30 }).map(String),
    saleId: fc.constantFrom('a', 'b', 'missing'),
    userId: fc.constantFrom('u', 'v', 'w'),
    quantity: fc.integer({ min: 1, max: 4 }),
    acceptedAtMs: fc.constantFrom(OPENS - 1, OPENS, NOW, CLOSES - 1, CLOSES),
    decideByMs: fc.constantFrom(NOW - 1, NOW, NOW + 1, NOW + 1),
  })
  .map(examplePurchase);

const anyEntry = fc.oneof(
  { weight: 3, arbitrary: anyPurchase },
  { weight: 1, arbitrary: anyPurchase.map((purchase) => ({ ...purchase, acceptedAtMs: 0 })) },
);

/** What the shopkeeper notes. */
type Line = Pick<
  Outcome,
  'requestId' | 'saleId' | 'userId' | 'quantity' | 'decision' | 'decidedAtMs' | 'existingRequestId'
>;

/** The rule as a shopkeeper would tell it: one book, one customer at a time. */
class OneAtATime {
  readonly available = new Map([
    ['a', 6],
    ['b', 3],
  ]);
  readonly #book: Line[] = [];

  take(purchase: Purchase): Line | string {
    const { requestId, saleId, userId, quantity, acceptedAtMs, decideByMs } = purchase;
    const stored = this.#book.find((outcome) => outcome.requestId === requestId);
    if (stored) return stored;
    const left = this.available.get(saleId);
    if (left === undefined) return 'unknown sale';
    const mine = this.#mine(purchase);
    const held = mine.reduce((sum, { quantity }) => sum + quantity, 0);
    let decision: Decision = 'reserved';
    if (NOW > decideByMs) decision = 'lapsed';
    else if (isQuestion(purchase)) return 'pending';
    else if (acceptedAtMs < OPENS) decision = 'not_started';
    else if (acceptedAtMs >= CLOSES) decision = 'ended';
    else if (held + quantity > 5) decision = 'limit_reached';
    else if (left < quantity) decision = 'sold_out';
    else this.available.set(saleId, left - quantity);
    const existingRequestId = (decision === 'limit_reached' && mine.at(-1)?.requestId) || '';
    const outcome = { requestId, saleId, userId, quantity, decision, decidedAtMs: NOW, existingRequestId };
    this.#book.push(outcome);
    return outcome;
  }

  known(purchases: Purchase[]): Known {
    const holdings = new Map<string, Holding>();
    for (const purchase of purchases) {
      const mine = this.#mine(purchase);
      const units = mine.reduce((sum, { quantity }) => sum + quantity, 0);
      if (units > 0) holdings.set(holder(purchase), { units, newest: mine.at(-1)!.requestId });
    }
    const ids = new Set(purchases.map(({ requestId }) => requestId));
    return {
      now: NOW,
      sales: new Map(
        [...this.available].map(([id, available]) => [id, sale({ available, perUserLimit: 5 })]),
      ),
      stored: new Map(
        this.#book.filter((o) => ids.has(o.requestId)).map((line) => [line.requestId, exampleOutcome(line)]),
      ),
      holdings,
    };
  }

  #mine({ saleId, userId }: Purchase): Line[] {
    return this.#book.filter((o) => o.saleId === saleId && o.userId === userId && o.decision === 'reserved');
  }
}
