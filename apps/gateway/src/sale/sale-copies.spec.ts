import { beforeEach, describe, expect, it } from '@jest/globals';
import { ManualClock } from '@seckill/clock';
import { InventoryUnavailableError, type Sale, type SaleReading } from '@seckill/inventory-client';
import { SaleCopies } from './sale-copies.js';

const saleOf = (saleId: string, version = 1, available = 5): Sale => ({
  saleId,
  terms: { title: 'Sneakers', total: 5, perUserLimit: 1, opensAt: 0, closesAt: 1 },
  available,
  reserved: 5 - available,
  sold: 0,
  version,
});

/** Readings that end when the test says so. */
class Readings {
  readonly asked: string[] = [];
  readonly #open: { resolve: (r: SaleReading | undefined) => void; reject: (error: Error) => void }[] = [];

  read = (saleId: string): Promise<SaleReading | undefined> => {
    this.asked.push(saleId);
    return new Promise((resolve, reject) => this.#open.push({ resolve, reject }));
  };

  /** Ends the oldest reading. */
  end(sale: Sale | undefined): void {
    this.#open.shift()?.resolve(sale && { sale, readAt: 0 });
  }

  fail(error: Error = new InventoryUnavailableError('test')): void {
    this.#open.shift()?.reject(error);
  }
}

describe('SaleCopies', () => {
  let clock: ManualClock;
  let readings: Readings;
  let copies: SaleCopies;

  beforeEach(() => {
    clock = new ManualClock();
    readings = new Readings();
    copies = new SaleCopies({ read: readings.read, clock, capacity: 3, maxFirstReads: 2 });
  });

  /** Has a copy of a sale. */
  async function have(sale: Sale): Promise<void> {
    const asked = copies.current(sale.saleId);
    readings.end(sale);
    await asked;
  }

  /** A change that inventory stores at once. */
  const put = (sale: Sale) => copies.change(async () => ({ sale }));

  /** A change that ends when the test says so. */
  function slowly() {
    let end!: (changed: { sale: Sale }) => void;
    const changing = copies.change(() => new Promise<{ sale: Sale }>((resolve) => (end = resolve)));
    return { changing, end };
  }

  it('reads a sale once for all who ask at the same time', async () => {
    const asked = [copies.current('a'), copies.atHand('a'), copies.current('a')];
    expect(readings.asked).toEqual(['a']);
    readings.end(saleOf('a'));
    expect(await Promise.all(asked)).toEqual([saleOf('a'), saleOf('a'), saleOf('a')]);
  });

  it('reads a sale at most once a second, counted from when it was asked for', async () => {
    const asked = copies.current('a');
    await clock.advance(400);
    readings.end(saleOf('a'));
    await asked;
    await clock.advance(599);
    expect(copies.fresh('a')).toEqual(saleOf('a'));
    await clock.advance(1);
    expect(copies.fresh('a')).toBeUndefined();
    const again = copies.atHand('a');
    readings.end(saleOf('a', 1, 4));
    expect((await again)?.available).toBe(4);
    expect(readings.asked).toHaveLength(2);
  });

  it('reads with a sale that is due what else is in use and older than half of its time', async () => {
    await have(saleOf('a'));
    await have(saleOf('unused'));
    await clock.advance(400);
    await have(saleOf('young'));
    await clock.advance(200);
    copies.fresh('a');
    copies.fresh('young');
    await clock.advance(400);
    // A request for a sale without a copy reads that sale alone.
    const first = copies.current('first');
    expect(readings.asked.splice(0)).toEqual(['a', 'unused', 'young', 'first']);
    readings.end(undefined);
    await first;

    const asked = copies.atHand('a');
    expect(readings.asked.splice(0)).toEqual(['a', 'young']);
    readings.end(saleOf('a'));
    readings.end(saleOf('young', 1, 4));
    expect(await asked).toEqual(saleOf('a'));
    expect(copies.fresh('young')?.available).toBe(4);
    await clock.advance(999);
    expect(copies.fresh('a')).toEqual(saleOf('a'));
    expect(copies.fresh('young')).toBeDefined();
    await clock.advance(1);
    void copies.atHand('young');
    expect(readings.asked).toEqual(['young', 'a']);
  });

  it('looks for what else is due at most twice a second, and not for what has just failed', async () => {
    await have(saleOf('a'));
    await have(saleOf('b'));
    await have(saleOf('c'));
    for (const id of ['a', 'b', 'c']) copies.fresh(id);
    await clock.advance(1_000);
    const asked = copies.atHand('a');
    expect(readings.asked.splice(0)).toEqual(['a', 'b', 'c', 'a', 'b', 'c']);
    await clock.advance(100);
    readings.fail();
    readings.fail();
    readings.end(saleOf('c'));
    expect(await asked).toEqual(saleOf('a'));
    await clock.advance(900);
    void copies.atHand('c');
    expect(readings.asked).toEqual(['c']);
    await clock.advance(100);
    void copies.atHand('a');
    expect(readings.asked).toEqual(['c', 'a']);
  });

  it('remembers for a second that there is no such sale', async () => {
    const asked = copies.atHand('a');
    readings.end(undefined);
    expect(await asked).toBeUndefined();
    await clock.advance(999);
    expect(await copies.current('a')).toBeUndefined();
    expect(readings.asked).toHaveLength(1);
    await clock.advance(1);
    const again = copies.current('a');
    readings.end(saleOf('a'));
    expect(await again).toEqual(saleOf('a'));
  });

  it('stays bounded when flooded with ids that there are not, and keeps its copies then', async () => {
    await have(saleOf('a'));
    for (let i = 0; i < 100; i++) {
      const asked = copies.current(`unknown-${i}`);
      readings.end(undefined);
      await asked;
    }
    expect(copies.size).toBe(4);
    expect(copies.fresh('a')).toEqual(saleOf('a'));
  });

  it('drops the copy that was read longest ago when there are too many', async () => {
    for (const id of ['a', 'b', 'c', 'd']) await have(saleOf(id));
    expect(['a', 'b', 'c', 'd'].map((id) => copies.fresh(id)?.saleId)).toEqual([undefined, 'b', 'c', 'd']);
  });

  it('refuses to read too many new ids at once, but keeps reading those that it has', async () => {
    await have(saleOf('a'));
    await clock.advance(1_000);
    const asked = [copies.current('b'), copies.current('c')];
    await expect(copies.current('d')).rejects.toThrow(InventoryUnavailableError);
    const known = copies.current('a');
    expect(readings.asked).toEqual(['a', 'b', 'c', 'a']);
    for (const id of ['b', 'c', 'a']) readings.end(saleOf(id));
    expect((await Promise.all([...asked, known])).map((sale) => sale?.saleId)).toEqual(['b', 'c', 'a']);
    const freed = copies.current('d');
    readings.end(undefined);
    expect(await freed).toBeUndefined();
  });

  it('serves a stale copy, where allowed, while inventory is unavailable, and retries every second', async () => {
    await have(saleOf('a'));
    await clock.advance(60_000);
    const asked = copies.atHand('a');
    readings.fail();
    expect(await asked).toEqual(saleOf('a'));
    await clock.advance(999);
    expect(await copies.atHand('a')).toEqual(saleOf('a'));
    expect(readings.asked).toHaveLength(2);
    await clock.advance(1);
    const again = copies.atHand('a');
    readings.end(saleOf('a', 2));
    expect((await again)?.version).toBe(2);
  });

  it('serves a stale copy when inventory is slow, and takes the new one when it comes', async () => {
    await have(saleOf('a'));
    await clock.advance(2_000);
    const asked = copies.atHand('a');
    await clock.advance(249);
    let answered = false;
    void asked.then(() => (answered = true));
    await clock.advance(0);
    expect(answered).toBe(false);
    await clock.advance(1);
    expect(await asked).toEqual(saleOf('a'));
    expect(await copies.atHand('a')).toEqual(saleOf('a'));
    readings.end(saleOf('a', 2));
    await clock.advance(0);
    expect(copies.fresh('a')?.version).toBe(2);
    expect(clock.pending).toBe(0);
  });

  it('reports inventory as unavailable to requests that need a fresh copy or have none', async () => {
    await have(saleOf('a'));
    await clock.advance(1_000);
    for (const asked of [copies.current('a'), copies.atHand('b')]) {
      readings.fail();
      await expect(asked).rejects.toThrow(InventoryUnavailableError);
    }
  });

  it('does not hide a defect behind a stale copy', async () => {
    await have(saleOf('a'));
    await clock.advance(1_000);
    const asked = copies.atHand('a');
    readings.fail(new TypeError('defect'));
    await expect(asked).rejects.toThrow(TypeError);
  });

  it('keeps what was put when a reading that was asked for before ends after it', async () => {
    const asked = copies.current('a');
    await put(saleOf('a', 2));
    readings.end(saleOf('a', 1));
    expect((await asked)?.version).toBe(2);
    expect(copies.fresh('a')?.version).toBe(2);
  });

  it('keeps a created sale when an earlier read found none', async () => {
    const asked = copies.current('a');
    await put(saleOf('a'));
    readings.end(undefined);
    expect(await asked).toEqual(saleOf('a'));
    expect(copies.fresh('a')).toEqual(saleOf('a'));
  });

  it('takes a sale that was purged and made again, although its versions begin anew', async () => {
    await put({ ...saleOf('a'), version: 5 });
    await clock.advance(2_000);
    const asked = copies.current('a');
    readings.end({ ...saleOf('a'), version: 1 });
    expect(await asked).toMatchObject({ version: 1 });
    expect(copies.fresh('a')).toMatchObject({ version: 1 });
  });

  it('forgets that an id was unknown once the sale was put', async () => {
    const asked = copies.current('a');
    readings.end(undefined);
    await asked;
    await put(saleOf('a'));
    expect(await copies.current('a')).toEqual(saleOf('a'));
  });

  it('keeps the higher version of a change and a read that overlap', async () => {
    const asked = copies.current('a');
    await put(saleOf('a', 3));
    readings.end(saleOf('a', 2));
    expect((await asked)?.version).toBe(3);
    expect(copies.fresh('a')?.version).toBe(3);
  });

  it('keeps what a change stored, although a read that began during it did not see it', async () => {
    const { changing, end } = slowly();
    const asked = copies.current('a');
    readings.end(saleOf('a', 1));
    await asked;
    end({ sale: saleOf('a', 2) });
    await changing;
    expect(copies.fresh('a')?.version).toBe(2);
  });

  it('keeps what a read found when the change that it saw, and a later one, is reported after it', async () => {
    const { changing, end } = slowly();
    const asked = copies.current('a');
    readings.end(saleOf('a', 3));
    await asked;
    end({ sale: saleOf('a', 2) });
    await changing;
    expect(copies.fresh('a')?.version).toBe(3);
  });

  it('keeps a sale that was made when a reading that began meanwhile found none', async () => {
    const { changing, end } = slowly();
    const asked = copies.current('a');
    end({ sale: saleOf('a') });
    await changing;
    readings.end(undefined);
    expect(await asked).toEqual(saleOf('a'));
  });

  it('counts the age of what a change stored from its beginning', async () => {
    const { changing, end } = slowly();
    await clock.advance(1_000);
    end({ sale: saleOf('a') });
    await changing;
    expect(copies.fresh('a')).toBeUndefined();
  });
});
