import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { PurchaseStore } from '../purchase/purchase-store.js';
import { purchase, TestLedger } from '../testing/ledger.js';
import { exampleOutcome, type Purchase } from '@seckill/purchase';
import type { DecidedBatch } from './decision.js';

let ledger: TestLedger;
beforeAll(async () => {
  ledger = await TestLedger.start();
}, 60_000);
afterAll(() => ledger.remove());

const outcomes = ({ verdicts }: DecidedBatch) =>
  verdicts.map((verdict) => (verdict.kind === 'outcome' ? verdict.outcome : verdict));
const words = (decided: DecidedBatch) =>
  decided.verdicts.map((verdict) => (verdict.kind === 'outcome' ? verdict.outcome.decision : verdict.kind));

describe('two batches side by side', () => {
  // One statement with FOR UPDATE inside gave a user with limit 2 four units: its snapshot was older than its lock.
  it('never give a user more than the limit', async () => {
    const [left, right] = [ledger.decisions(), ledger.decisions()];
    for (let round = 0; round < 25; round++) {
      const saleId = await ledger.sale({ perUserLimit: 2 });
      const batch = () => Array.from({ length: 3 }, () => purchase(saleId, { userId: 'u' }));
      const decided = await Promise.all([left.decide(batch()), right.decide(batch())]);
      expect(decided.flatMap(words).filter((word) => word === 'reserved')).toHaveLength(2);
      expect(await ledger.books(saleId)).toMatchObject({ available: 98, reserved: 2, granted: 2 });
    }
  });

  it('give one request id one outcome', async () => {
    const [left, right] = [ledger.decisions(), ledger.decisions()];
    for (let round = 0; round < 25; round++) {
      const saleId = await ledger.sale();
      const entry = purchase(saleId);
      const decided = await Promise.all([left.decide([entry]), right.decide([entry])]);
      const [first, second] = decided.flatMap(outcomes);
      expect(first).toEqual(second);
      expect(await ledger.books(saleId)).toMatchObject({ reserved: 1, granted: 1 });
    }
  });

  it('settle in whatever order they name many sales, and the stock adds up', async () => {
    const saleIds = await Promise.all(Array.from({ length: 8 }, () => ledger.sale({ total: 40 })));
    const stores = Array.from({ length: 4 }, () => ledger.decisions());
    await Promise.all(
      stores.map(async (store) => {
        for (let round = 0; round < 20; round++) {
          const order = saleIds.toSorted(() => Math.random() - 0.5);
          await store.decide(order.map((saleId) => purchase(saleId)));
        }
      }),
    );
    for (const saleId of saleIds) {
      expect(await ledger.books(saleId)).toMatchObject({ available: 0, reserved: 40, sold: 0, granted: 40 });
    }
  }, 30_000);
});

describe('a repeated request', () => {
  it('gets the very same outcome, down to when it was decided', async () => {
    const store = ledger.decisions();
    const saleId = await ledger.sale();
    const batch: Purchase[] = [
      purchase(saleId, { userId: 'u' }),
      purchase(saleId, { userId: 'u' }),
      purchase(saleId, { decideByMs: 0 }),
    ];
    const first = await store.decide(batch);
    expect(words(first)).toEqual(['reserved', 'limit_reached', 'lapsed']);
    const again = await ledger.decisions().decide(batch);
    expect(outcomes(again)).toEqual(outcomes(first));
    expect(again.fresh).toEqual([]);
  });

  it('writes nothing and commits nothing, so that nothing is flushed for it', async () => {
    const store = ledger.decisions();
    const saleId = await ledger.sale();
    const batch = Array.from({ length: 64 }, () => purchase(saleId));
    const row = async () => {
      const { rows } = await ledger.outside.query<{ version: string; locker: string | null }>(
        `SELECT ctid::text AS version, pg_xact_status(nullif(xmax::text, '0')::xid8) AS locker
         FROM sale WHERE sale_id = $1`,
        [saleId],
      );
      return rows[0]!;
    };
    await store.decide(batch);
    const { version } = await row();
    await store.decide(batch);
    expect(await row()).toEqual({ version, locker: 'aborted' });
  });

  it('is a mismatch when it names another quantity', async () => {
    const store = ledger.decisions();
    const entry = purchase(await ledger.sale());
    await store.decide([entry]);
    expect((await store.decide([{ ...entry, quantity: 2 }])).verdicts).toMatchObject([
      { kind: 'outcome', mismatch: true, outcome: { quantity: 1 } },
    ]);
  });
});

describe('a request that was asked about when its time was over', () => {
  const ask = (purchase: Purchase): Purchase => ({ ...purchase, acceptedAtMs: 0, quantity: 0 });

  it('lapses, and a late purchase finds it lapsed', async () => {
    const store = ledger.decisions();
    const saleId = await ledger.sale();
    const late = purchase(saleId, { decideByMs: Date.now() - 5_000 });
    const asked = outcomes(await store.decide([ask(late)]));
    expect(asked).toMatchObject([{ decision: 'lapsed', quantity: 0 }]);
    expect(outcomes(await store.decide([late]))).toEqual(asked);
    expect(await ledger.books(saleId)).toMatchObject({ available: 100, granted: 0 });
  });

  it('keeps what was decided in time', async () => {
    const store = ledger.decisions();
    const entry = purchase(await ledger.sale());
    const decided = outcomes(await store.decide([entry]));
    expect(outcomes(await store.decide([{ ...ask(entry), decideByMs: 0 }]))).toEqual(decided);
  });

  it('has one outcome for reader and buyer when both come at the same moment', async () => {
    const [reader, buyer] = [ledger.decisions(), ledger.decisions()];
    const saleId = await ledger.sale();
    for (let round = 0; round < 25; round++) {
      // Decided in time or lapsed: either is right, as long as both get the same.
      const entry = purchase(saleId, { decideByMs: Date.now() + (round % 5) });
      const [asked, bought] = await Promise.all([
        reader.decide([{ ...ask(entry), decideByMs: Date.now() - 1 }]),
        buyer.decide([entry]),
      ]);
      expect(outcomes(asked)).toEqual(outcomes(bought));
    }
  });

  it('is left alone while there is time, and knows no sale that does not exist', async () => {
    const store = ledger.decisions();
    const entry = purchase(await ledger.sale());
    const nowhere = purchase('nowhere', { decideByMs: 0 });
    expect(words(await store.decide([ask(entry), ask(nowhere)]))).toEqual(['pending', 'unknown sale']);
    const { rowCount } = await ledger.outside.query('SELECT FROM outcome WHERE request_id = $1', [
      entry.requestId,
    ]);
    expect(rowCount).toBe(0);
  });
});

describe('what is stored', () => {
  const column = (field: string) =>
    field.replace(/Ms$/, '').replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

  /** Two purchases by one user, the second one over the limit: its outcome has every field set. */
  const decideTwo = async () => {
    const saleId = await ledger.sale();
    const [first, second] = [purchase(saleId, { userId: 'u' }), purchase(saleId, { userId: 'u' })];
    const { fresh } = await ledger.decisions().decide([first, second]);
    return fresh[1]!;
  };

  // A field that is missing in its statement would be lost without an error.
  it('is every field of a purchase and of its outcome', async () => {
    const { purchase, outcome } = await decideTwo();
    const { rows } = await ledger.outside.query<{ row: Record<string, unknown> }>(
      'SELECT to_jsonb(o) AS row FROM outcome o WHERE request_id = $1',
      [purchase.requestId],
    );
    for (const [field, value] of Object.entries({ ...purchase, ...outcome })) {
      const stored = rows[0]!.row[column(field)];
      const read = field.endsWith('Ms') ? Date.parse(String(stored)) : stored;
      expect({ field, stored: read }).toEqual({ field, stored: value });
    }
  });

  it('is read back with every field of an outcome, however it is read', async () => {
    const { purchase, outcome } = await decideTwo();
    expect(Object.keys(outcome).toSorted()).toEqual(Object.keys(exampleOutcome()).toSorted());
    const { verdicts } = await ledger.decisions().decide([purchase]);
    const store = new PurchaseStore(ledger.open().reads);
    const all = await store.list(purchase.saleId, purchase.userId);
    const listed = all.filter(({ requestId }) => requestId === purchase.requestId);
    const { outcome: found } = await store.find(purchase.requestId);
    expect([verdicts, found, listed]).toEqual([
      [{ kind: 'outcome', outcome, mismatch: false }],
      outcome,
      [outcome],
    ]);
  });
});

describe('the tables', () => {
  it('refuse negative stock, and stock that does not add up', async () => {
    const saleId = await ledger.sale();
    const set = (change: string) =>
      ledger.outside.query(`UPDATE sale SET ${change} WHERE sale_id = $1`, [saleId]);
    await expect(set('available = -1, reserved = 101')).rejects.toThrow('sale_stock_is_never_negative');
    await expect(set('available = available - 1')).rejects.toThrow('sale_stock_adds_up');
  });

  it('refuse a second outcome, a changed one, and one without a sale', async () => {
    const saleId = await ledger.sale();
    const entry = purchase(saleId);
    await ledger.decisions().decide([entry]);
    const copy = (requestId: string, sale: string) =>
      ledger.outside.query(
        `INSERT INTO outcome SELECT $2::uuid, $3, user_id, quantity, decision, NULL, accepted_at, decide_by, decided_at
         FROM outcome WHERE request_id = $1`,
        [entry.requestId, requestId, sale],
      );
    await expect(copy(entry.requestId, saleId)).rejects.toThrow('outcome_pkey');
    await expect(copy(randomUUID(), 'nowhere')).rejects.toThrow('an outcome without its sale');
    await expect(
      ledger.outside.query(`UPDATE outcome SET decision = 'lapsed' WHERE request_id = $1`, [entry.requestId]),
    ).rejects.toThrow('an outcome never changes');
    await expect(ledger.outside.query('DELETE FROM sale WHERE sale_id = $1', [saleId])).rejects.toThrow(
      'the sale still has outcomes',
    );
  });
});
