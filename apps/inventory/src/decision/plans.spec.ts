import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Pool } from 'pg';
import { PurchaseStore } from '../purchase/purchase-store.js';
import { purchase, TestLedger } from '../testing/ledger.js';
import { decide } from './decide.js';
import { DecisionStore } from './decision-store.js';
import { lockSales, readKnown, writeDecided } from './statements.js';

/** Few keys, so that even a small table read as a whole stands out. */
const KEYS = 8;

let ledger: TestLedger;
beforeAll(async () => {
  ledger = await TestLedger.start();
}, 60_000);
afterAll(() => ledger.remove());

/** Pages that a statement touches with the plan that its connection has kept. */
async function pagesOf(pool: Pool, name: string, values: readonly unknown[]): Promise<number> {
  const client = await pool.connect();
  try {
    const literals = values.map((value) => client.escapeLiteral(String(value))).join(', ');
    await client.query('BEGIN');
    const { rows } = await client.query<{ 'QUERY PLAN': string }>(
      `EXPLAIN (ANALYZE, BUFFERS) EXECUTE "${name}"(${literals})`,
    );
    await client.query('ROLLBACK');
    const plan = rows.map((row) => row['QUERY PLAN']);
    // The first line with buffers is that of the whole plan; the planner's own come after "Planning".
    const buffers = plan.find((line) => line.includes('Buffers: shared')) ?? '';
    return [...buffers.matchAll(/(?:hit|read)=(\d+)/g)].reduce((sum, [, pages]) => sum + Number(pages), 0);
  } finally {
    client.release();
  }
}

async function pagesOfTable(name: string): Promise<number> {
  const { rows } = await ledger.outside.query<{ pages: number }>(
    `SELECT (pg_relation_size($1::regclass) / 8192)::int AS pages`,
    [name],
  );
  return rows[0]!.pages;
}

describe('a statement whose plan was made on empty tables', () => {
  // Joins against the big table looked cheap while it was empty; kept, they read all of it for every batch: 1.2 s for
  // 64 rows at 30,000.
  it('still looks up a handful of keys once there are 60,000 outcomes', async () => {
    const { decisions } = ledger.open({ decisionConnections: 1 });
    const store = new DecisionStore(decisions);
    const saleId = await ledger.sale({ total: 1_000_000 });
    expect(await pagesOfTable('outcome')).toBe(0);
    for (let i = 0; i < 60; i++) await store.decide(Array.from({ length: 1_000 }, () => purchase(saleId)));
    expect(await pagesOfTable('outcome')).toBeGreaterThan(500);

    const batch = Array.from({ length: KEYS }, () => purchase(saleId));
    const state = { available: 1_000, perUserLimit: 1, opensAt: 0, closesAt: 1e13 };
    const decided = decide(batch, {
      now: Date.now(),
      sales: new Map([[saleId, state]]),
      stored: new Map(),
      holdings: new Map(),
    });
    expect(decided.fresh).toHaveLength(KEYS);
    for (const { name, values } of [lockSales(batch), readKnown(batch), writeDecided(decided)]) {
      const pages = await pagesOf(decisions, name!, values as unknown[]);
      expect({ name, pages, looksUp: pages > 0 && pages < 25 * KEYS }).toMatchObject({ looksUp: true });
    }
  }, 60_000);
});

describe('a user who has filed 100,000 refused requests', () => {
  it('costs a decision and a list no more than anybody else', async () => {
    const { decisions, reads } = ledger.open({ decisionConnections: 1, readConnections: 1 });
    const saleId = await ledger.sale();
    await new DecisionStore(decisions).decide([purchase(saleId, { userId: 'bot' })]);
    await ledger.outside.query(
      `INSERT INTO outcome (request_id, sale_id, user_id, quantity, decision, accepted_at, decide_by, decided_at)
       SELECT gen_random_uuid(), $1, 'bot', 1, 'limit_reached', now(), now(), now() + n * interval '1 ms'
       FROM generate_series(1, 100000) n`,
      [saleId],
    );
    const another = purchase(saleId, { userId: 'bot' });
    const decided = await new DecisionStore(decisions).decide([another]);
    expect(decided.verdicts).toMatchObject([{ outcome: { decision: 'limit_reached' } }]);
    const { values } = readKnown([another]);
    expect(await pagesOf(decisions, 'read-known', values as unknown[])).toBeLessThan(40);

    const listed = await new PurchaseStore(reads).list(saleId, 'bot');
    expect(listed).toHaveLength(100);
    expect(await pagesOf(reads, 'list-purchases', [saleId, 'bot', 100])).toBeLessThan(200);
  }, 60_000);
});
