import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { TcpProxy } from '@seckill/embedded';
import { DatabaseUnavailableError } from '../database/database-errors.js';
import { purchase, TestLedger } from '../testing/ledger.js';
import { DecisionStore } from './decision-store.js';

let ledger: TestLedger;
beforeAll(async () => {
  ledger = await TestLedger.start();
}, 60_000);
afterAll(() => ledger.remove());

/** The backend that waits for a lock on behalf of decisions. */
async function waitingBackend(): Promise<number> {
  for (;;) {
    const { rows } = await ledger.outside.query<{ pid: number }>(
      `SELECT pid FROM pg_stat_activity
       WHERE application_name = 'inventory decisions' AND wait_event_type = 'Lock' LIMIT 1`,
    );
    if (rows[0]) return rows[0].pid;
  }
}

/** Runs `work` while a transaction of somebody else, begun with `statement`, stays open. */
async function meanwhile<T>(statement: string, values: unknown[], work: () => Promise<T>): Promise<T> {
  const other = await ledger.outside.connect();
  try {
    await other.query('BEGIN');
    await other.query(statement, values);
    return await work();
  } finally {
    await other.query('ROLLBACK');
    other.release();
  }
}

/** A way to the database that breaks on order. */
async function behindProxy(databaseUrl: string): Promise<{ proxy: TcpProxy; url: string }> {
  const url = new URL(databaseUrl);
  const proxy = await TcpProxy.start({ port: Number(url.port) });
  url.port = String(proxy.port);
  return { proxy, url: url.href };
}

const LOCK = 'SELECT FROM sale WHERE sale_id = $1 FOR UPDATE';

describe('when the database fails', () => {
  it('a connection killed while it waits for a sale leaves nothing, and the next one works', async () => {
    const store = ledger.decisions();
    const saleId = await ledger.sale();
    const entry = purchase(saleId);
    await meanwhile(LOCK, [saleId], async () => {
      const decided = store.decide([entry]);
      await ledger.outside.query('SELECT pg_terminate_backend($1)', [await waitingBackend()]);
      await expect(decided).rejects.toBeInstanceOf(DatabaseUnavailableError);
    });
    expect(await ledger.books(saleId)).toMatchObject({ available: 100, granted: 0 });
    expect((await store.decide([entry])).fresh).toHaveLength(1);
  });

  it('a connection killed while it writes leaves neither outcomes nor stock behind', async () => {
    const store = ledger.decisions();
    const [saleId, otherSale] = [await ledger.sale(), await ledger.sale()];
    const batch = Array.from({ length: 10 }, () => purchase(saleId));
    // Another transaction has inserted the last of the request ids, in another sale: the write waits for it.
    const last = batch
      .map(({ requestId }) => requestId)
      .sort()
      .at(-1);
    await meanwhile(
      `INSERT INTO outcome (request_id, sale_id, user_id, quantity, decision, accepted_at, decide_by, decided_at)
       VALUES ($1, $2, 'somebody', 1, 'sold_out', now(), now(), now())`,
      [last, otherSale],
      async () => {
        const decided = store.decide(batch);
        await ledger.outside.query('SELECT pg_terminate_backend($1)', [await waitingBackend()]);
        await expect(decided).rejects.toBeInstanceOf(DatabaseUnavailableError);
      },
    );
    const { rows } = await ledger.outside.query('SELECT FROM outcome WHERE sale_id = $1', [saleId]);
    expect(rows).toHaveLength(0);
    expect(await ledger.books(saleId)).toMatchObject({ available: 100, reserved: 0 });
    expect((await store.decide(batch)).taken.get(saleId)).toBe(10);
  });

  it('a commit whose answer was lost is found by the repeat', async () => {
    const { proxy, url } = await behindProxy(ledger.url);
    const store = new DecisionStore(ledger.open({ url, decisionConnections: 1 }).decisions);
    const saleId = await ledger.sale();
    const entry = purchase(saleId);
    // The tag of a commit that is done.
    await proxy.cutWhen((bytes) => bytes.includes('COMMIT\0'));
    await expect(store.decide([entry])).rejects.toBeInstanceOf(DatabaseUnavailableError);
    expect(await ledger.books(saleId)).toMatchObject({ reserved: 1, granted: 1 });
    await proxy.pass();
    proxy.reset();
    const repeated = await store.decide([entry]);
    expect(repeated.verdicts).toMatchObject([{ kind: 'outcome', outcome: { decision: 'reserved' } }]);
    expect(repeated.fresh).toEqual([]);
    expect(await ledger.books(saleId)).toMatchObject({ reserved: 1, granted: 1 });
    await proxy.close();
  });

  it('the connection to a silent server is given up', async () => {
    const { proxy, url } = await behindProxy(ledger.url);
    const store = new DecisionStore(ledger.open({ url, silenceMs: 1_500 }).decisions);
    const entry = purchase(await ledger.sale());
    await store.decide([purchase(entry.saleId)]);
    proxy.drop();
    await expect(store.decide([entry])).rejects.toBeInstanceOf(DatabaseUnavailableError);
    await proxy.pass();
    proxy.reset();
    expect((await store.decide([entry])).fresh).toHaveLength(1);
    await proxy.close();
  });

  it('a transaction that is stuck blocks others for no longer than the lock timeout', async () => {
    const store = ledger.decisions({ lockTimeoutMs: 100 });
    const saleId = await ledger.sale();
    await meanwhile(LOCK, [saleId], () =>
      expect(store.decide([purchase(saleId)])).rejects.toBeInstanceOf(DatabaseUnavailableError),
    );
    expect((await store.decide([purchase(saleId)])).fresh).toHaveLength(1);
  });

  it('a deadlock with a transaction that ignores the lock order is resolved', async () => {
    const store = ledger.decisions();
    const [first, second] = [await ledger.sale(), await ledger.sale()].sort() as [string, string];
    const other = await ledger.outside.connect();
    await other.query('BEGIN');
    await other.query(LOCK, [second]);
    const decided = store.decide([purchase(first), purchase(second)]);
    await waitingBackend();
    // The transaction that has waited for a second checks first and is rolled back: it must be the ledger's, so that this lock is granted.
    await new Promise((resolve) => setTimeout(resolve, 400));
    try {
      await other.query(LOCK, [first]);
    } finally {
      await other.query('ROLLBACK');
      other.release();
    }
    expect((await decided).fresh).toHaveLength(2);
  });

  it('an outage is over when it is over', async () => {
    const store = ledger.decisions();
    const entry = purchase(await ledger.sale());
    await ledger.kill();
    await expect(store.decide([entry])).rejects.toBeInstanceOf(DatabaseUnavailableError);
    await ledger.restart();
    expect((await store.decide([entry])).fresh).toHaveLength(1);
  }, 30_000);
});
