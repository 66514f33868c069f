import { describe, expect, it } from '@jest/globals';
import { ManualClock } from '@seckill/clock';
import fc from 'fast-check';
import { Batcher, type BatcherOptions } from './batcher.js';
import { NotSentError } from './errors.js';

interface Item {
  id: number;
  bytes?: number;
}

/** A batcher whose batches end when the test says so. */
function setUp(options: Partial<BatcherOptions<Item, number>> = {}) {
  const clock = new ManualClock();
  const batches: { ids: number[]; succeed(): void; fail(error: Error): void }[] = [];
  const batcher = new Batcher<Item, number>({
    clock,
    send: (items) =>
      new Promise((resolve, reject) => {
        batches.push({
          ids: items.map(({ id }) => id),
          succeed: () => resolve(items.map(({ id }) => id * 10)),
          fail: reject,
        });
      }),
    ...options,
  });
  const settled: (number | string)[] = [];
  const add = (id: number, bytes?: number) => {
    const item = bytes === undefined ? { id } : { id, bytes };
    batcher.add(item).then(
      (result) => settled.push(result),
      (error: Error) => settled.push(`${id}: ${error.message}`),
    );
    return item;
  };
  return { clock, batcher, batches, settled, add, sent: () => batches.map(({ ids }) => ids) };
}

describe('Batcher', () => {
  it('sends one item at once when idle, and gathers the rest until that batch has ended', async () => {
    const { clock, add, sent, batches, settled } = setUp();
    add(1);
    await clock.advance(0);
    add(2);
    add(3);
    await clock.advance(1_000);
    expect(sent()).toEqual([[1]]);
    batches[0]!.succeed();
    await clock.advance(0);
    expect(sent()).toEqual([[1], [2, 3]]);
    expect(settled).toEqual([10]);
  });

  it('lets items of the same moment leave together', async () => {
    const { clock, add, sent } = setUp();
    [1, 2, 3].forEach((id) => add(id));
    await clock.advance(0);
    expect(sent()).toEqual([[1, 2, 3]]);
  });

  it('caps a batch in count and in bytes, and sends an oversized item alone', async () => {
    const { clock, add, sent, batches } = setUp({
      maxBatchSize: 3,
      maxBatchBytes: 10,
      sizeOf: (item) => item.bytes!,
    });
    [4, 4, 4, 99, 1, 1, 1, 1].forEach((bytes, id) => add(id, bytes));
    for (let i = 0; i < 5; i++) {
      await clock.advance(0);
      batches.at(-1)!.succeed();
    }
    expect(sent()).toEqual([[0, 1], [2], [3], [4, 5, 6], [7]]);
  });

  it('keeps maxInFlight batches in flight', async () => {
    const { clock, add, sent } = setUp({ maxInFlight: 2, maxBatchSize: 1 });
    [1, 2, 3].forEach((id) => add(id));
    await clock.advance(0);
    expect(sent()).toEqual([[1], [2]]);
  });

  it('rejects each item of a failed batch with its error, and no other item', async () => {
    const { clock, add, batches, settled } = setUp({ maxBatchSize: 2 });
    [1, 2, 3].forEach((id) => add(id));
    await clock.advance(0);
    batches[0]!.fail(new Error('lost'));
    await clock.advance(0);
    batches[1]!.succeed();
    await clock.advance(0);
    expect(settled).toEqual(['1: lost', '2: lost', 30]);
  });

  it('rejects a whole batch when results are missing rather than mixing them up', async () => {
    const { clock, add, settled } = setUp({ send: async () => [1] });
    add(1);
    add(2);
    await clock.advance(0);
    expect(settled[0]).toMatch(/2 items came back with 1 results/);
  });

  it('takes back an item that has not left, and only that', async () => {
    const { clock, add, batcher, batches, sent, settled } = setUp();
    const first = add(1);
    await clock.advance(0);
    const second = add(2);
    expect(batcher.withdraw(first)).toBe(false);
    expect(batcher.withdraw(second)).toBe(true);
    batches[0]!.succeed();
    await clock.advance(0);
    expect(sent()).toEqual([[1]]);
    expect(settled).toEqual(['2: not sent: withdrawn', 10]);
  });

  it('refuses the items that wait on request, and accepts later ones', async () => {
    const { clock, add, batcher, batches, sent, settled } = setUp();
    add(1);
    await clock.advance(0);
    add(2);
    add(3);
    batcher.refuseWaiting();
    add(4);
    batches[0]!.succeed();
    await clock.advance(0);
    expect(sent()).toEqual([[1], [4]]);
    expect(settled).toEqual(['2: not sent: refused', '3: not sent: refused', 10]);
  });

  it('starts another batch beside a late one, up to maxLate', async () => {
    const { clock, add, batches, sent, batcher } = setUp({
      lateAfterMs: 100,
      maxLate: 1,
      maxBatchSize: 1,
    });
    [1, 2, 3].forEach((id) => add(id));
    await clock.advance(99);
    expect(sent()).toEqual([[1]]);
    await clock.advance(1);
    expect(sent()).toEqual([[1], [2]]);
    await clock.advance(500);
    expect(sent()).toEqual([[1], [2]]);
    batches[1]!.succeed();
    await clock.advance(0);
    expect(sent()).toEqual([[1], [2], [3]]);
    batches[0]!.succeed();
    batches[2]!.succeed();
    await clock.advance(0);
    expect(batcher.inFlight).toBe(0);
  });

  it('rejects an item that has waited too long: it was certainly not sent', async () => {
    const { clock, add, settled, batches } = setUp({ maxWaitMs: 50 });
    add(1);
    await clock.advance(0);
    add(2);
    await clock.advance(30);
    add(3);
    await clock.advance(20);
    expect(settled).toEqual(['2: not sent: waited too long']);
    batches[0]!.succeed();
    await clock.advance(0);
    expect(batches[1]!.ids).toEqual([3]);
  });

  it('refuses an item when the buffer is full', async () => {
    const { clock, add, settled } = setUp({ maxWaiting: 2 });
    [1, 2, 3].forEach((id) => add(id));
    await clock.advance(0);
    expect(settled).toEqual(['3: not sent: buffer full']);
  });

  it('closes by refusing what waits and letting the batch in flight end', async () => {
    const { clock, add, batcher, batches, settled } = setUp();
    add(1);
    await clock.advance(0);
    add(2);
    batcher.close();
    add(3);
    let idle = false;
    void batcher.idle().then(() => (idle = true));
    await clock.advance(0);
    expect(settled).toEqual(['2: not sent: closed', '3: not sent: closed']);
    expect(idle).toBe(false);
    batches[0]!.succeed();
    await clock.advance(0);
    expect(settled.at(-1)).toBe(10);
    expect(idle).toBe(true);
  });

  it('settles each item exactly once, in order of arrival per batch, for any interleaving', async () => {
    const command = fc.oneof(
      { weight: 4, arbitrary: fc.constant('add' as const) },
      { weight: 2, arbitrary: fc.constant('succeed' as const) },
      fc.constantFrom('fail' as const, 'withdraw' as const, 'wait' as const),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(command, { maxLength: 60 }),
        fc.integer({ min: 1, max: 3 }),
        fc.integer({ min: 1, max: 4 }),
        async (commands, maxInFlight, maxBatchSize) => {
          const options = { maxInFlight, maxBatchSize, lateAfterMs: 40, maxWaitMs: 100, maxWaiting: 8 };
          const { clock, add, batcher, batches, settled, sent } = setUp(options);
          const items: Item[] = [];
          let ended = 0;
          for (const step of commands) {
            if (step === 'add') items.push(add(items.length));
            else if (step === 'withdraw') batcher.withdraw(items.at(-1) ?? { id: -1 });
            else if (step === 'wait') await clock.advance(25);
            else if (ended < batches.length) {
              const batch = batches[ended++]!;
              if (step === 'succeed') batch.succeed();
              else batch.fail(new Error('crash'));
            }
            if (step !== 'add') await clock.advance(0);
            expect(batcher.inFlight).toBeLessThanOrEqual(maxInFlight + 2);
          }
          while (!(await isIdle(batcher, clock))) batches[ended++]!.succeed();
          expect(settled).toHaveLength(items.length);
          const order = sent().flat();
          expect(new Set(order).size).toBe(order.length);
          expect(order).toEqual([...order].sort((a, b) => a - b));
        },
      ),
      { numRuns: 300 },
    );
  });

  it('names its error, so that callers can recognise items that were certainly not sent', () => {
    expect(new NotSentError('closed')).toMatchObject({ name: 'NotSentError', reason: 'closed' });
  });
});

async function isIdle(batcher: Batcher<Item, number>, clock: ManualClock): Promise<boolean> {
  await clock.advance(0);
  return batcher.inFlight === 0 && batcher.waiting === 0;
}
