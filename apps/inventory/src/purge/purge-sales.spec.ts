import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { SaleStore } from '../sale/sale-store.js';
import { purchase, TestLedger } from '../testing/ledger.js';
import { PURGE_MARGIN_MS, purgeSales } from './purge-sales.js';

let ledger: TestLedger;
let client: pg.Client;
beforeAll(async () => {
  ledger = await TestLedger.start();
  client = new pg.Client(ledger.url);
  await client.connect();
}, 60_000);
afterAll(async () => {
  await client.end();
  await ledger.remove();
});

const DAY = 86_400_000;
const closed = (ago: number) => ({ opensAt: Date.now() - 100 * DAY, closesAt: Date.now() - ago });

async function saleWithOutcomes(ago: number, outcomes: number): Promise<string> {
  const saleId = await ledger.sale(closed(ago));
  const acceptedAtMs = Date.now() - 90 * DAY;
  await ledger.decisions().decide(Array.from({ length: outcomes }, () => purchase(saleId, { acceptedAtMs })));
  return saleId;
}

const isThere = async (saleId: string) =>
  (await client.query('SELECT FROM sale WHERE sale_id = $1', [saleId])).rowCount === 1;

describe('purging', () => {
  it('deletes sales that closed before the date, in chunks, and no other', async () => {
    const old = await saleWithOutcomes(40 * DAY, 25);
    const newer = await saleWithOutcomes(20 * DAY, 5);
    const closedBefore = Date.now() - 30 * DAY;
    const lines: string[] = [];
    const dry = await purgeSales(client, { closedBefore, dryRun: true }, () => {});
    expect([dry, await isThere(old)]).toEqual([{ sales: 1, outcomes: 25 }, true]);
    const purged = await purgeSales(client, { closedBefore, chunk: 10 }, (line) => lines.push(line));
    expect(purged).toEqual({ sales: 1, outcomes: 25 });
    expect(lines).toEqual([
      `${old}: 10 outcomes`,
      `${old}: 20 outcomes`,
      `${old}: 25 outcomes`,
      `${old}: 25 outcomes deleted, and the sale`,
    ]);
    expect([await isThere(old), await isThere(newer)]).toEqual([false, true]);
    expect(await ledger.books(newer)).toMatchObject({ granted: 5 });
  });

  it('spares a sale that closed less than a day ago, for any date', async () => {
    const recent = await saleWithOutcomes(PURGE_MARGIN_MS - 60_000, 1);
    const open = await ledger.sale();
    await purgeSales(client, { closedBefore: Date.now() + 1_000 * DAY }, () => {});
    expect([await isThere(recent), await isThere(open)]).toEqual([true, true]);
  });

  it('hides a sale from its first chunk on: nothing is decided anew, nothing reopens, and it can be finished', async () => {
    const saleId = await saleWithOutcomes(40 * DAY, 3);
    const stored = await client.query<{ request_id: string; user_id: string }>(
      'SELECT request_id, user_id FROM outcome WHERE sale_id = $1',
      [saleId],
    );
    const interrupted = purgeSales(client, { closedBefore: Date.now(), chunk: 1 }, () => {
      throw new Error('power cut');
    });
    await expect(interrupted).rejects.toThrow('power cut');
    const repeats = stored.rows.map((row) =>
      purchase(saleId, { requestId: row.request_id, userId: row.user_id }),
    );
    const { verdicts } = await ledger.decisions().decide(repeats);
    expect(verdicts.map(({ kind }) => kind).toSorted()).toEqual(['outcome', 'outcome', 'unknown sale']);

    const sales = new SaleStore(ledger.open().reads);
    expect((await sales.get([saleId])).sales).toEqual([]);
    const terms = { title: 'again', total: 1, perUserLimit: 1, opensAt: 0, closesAt: Date.now() + DAY };
    const conditions = { ifMatch: [], mustExist: false, mustNotExist: false };
    expect(await sales.put(saleId, terms, conditions)).toMatchObject({ reason: 'being-purged' });

    await purgeSales(client, { closedBefore: 0 }, () => {});
    expect(await isThere(saleId)).toBe(false);
    expect(await sales.put(saleId, terms, conditions)).toMatchObject({ created: true });
  });
});
