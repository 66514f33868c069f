import { describe, expect, it } from '@jest/globals';
import type { Topology } from '../../rocketmq/topology.js';
import { MemoryStore } from './memory-store.js';
import { code } from './refused-error.js';
import type { Change } from './store.js';
import { TestBroker, text, type Seen } from './testing.js';

const topology: Topology = {
  topics: [
    { name: 'orders', type: 'NORMAL', queues: 4 },
    { name: 'steps', type: 'FIFO', queues: 4 },
    { name: 'timers', type: 'DELAY', queues: 2 },
  ],
  groups: [
    { name: 'a', maxRetries: 100 },
    { name: 'b', maxRetries: 100 },
    { name: 'strict', maxRetries: 2 },
    { name: 'fifo', maxRetries: 100, fifo: true },
  ],
};

const start = (options = {}) => TestBroker.start(topology, options);
const bodies = (seen: readonly Seen[]) => seen.map(({ body }) => body).sort();
const refusal = (status: number) => expect.objectContaining({ name: 'RefusedError', status });

describe('sending', () => {
  it('refuses an unknown topic, an empty and an oversized body, and a message of another type', async () => {
    const { broker } = await start();
    await expect(broker.send('nowhere', [text('x')])).rejects.toEqual(refusal(code.topicNotFound));
    await expect(broker.send('orders', [text('')])).rejects.toEqual(refusal(code.messageBodyEmpty));
    const large = text('x', { bodyBytes: 4 * 1_024 * 1_024 + 1 });
    await expect(broker.send('orders', [large])).rejects.toEqual(refusal(code.messageBodyTooLarge));
    const fifo = text('x', { type: 'FIFO', messageGroup: 'g' });
    await expect(broker.send('orders', [fifo])).rejects.toEqual(refusal(code.messageTypeConflict));
  });

  it('spreads messages over the queues, and keeps a message group in one', async () => {
    const test = await start();
    for (let i = 0; i < 8; i++) await test.broker.send('orders', [text(`${i}`)]);
    const spread = await test.receive('a', 'orders');
    expect(
      spread
        .map(({ queue }) => `${queue}`)
        .sort()
        .join(''),
    ).toBe('00112233');
    for (let i = 0; i < 8; i++)
      await test.broker.send('steps', [text(`${i}`, { type: 'FIFO', messageGroup: 'key' })]);
    const together = await test.receive('fifo', 'steps');
    expect(new Set(together.map(({ queue }) => queue)).size).toBe(1);
    expect(together.map(({ body }) => body)).toEqual(['0', '1', '2', '3', '4', '5', '6', '7']);
  });
});

describe('a parallel group', () => {
  it('gets every message, independently of other groups, also those from before its start', async () => {
    const test = await start();
    await test.broker.send('orders', [text('1'), text('2')]);
    const first = await test.receive('a', 'orders');
    for (const { handle } of first) await test.broker.ack('a', 'orders', handle);
    expect(bodies(await test.receive('b', 'orders'))).toEqual(['1', '2']);
  });

  it('shares the work: a message that one member holds is not delivered to another', async () => {
    const test = await start();
    await test.broker.send('orders', [text('1'), text('2'), text('3')]);
    const [one, rest] = [
      await test.receive('a', 'orders', { most: 1 }),
      await test.receive('a', 'orders', { most: 5 }),
    ];
    expect(bodies([...one, ...rest])).toEqual(['1', '2', '3']);
    expect(await test.receive('a', 'orders')).toEqual([]);
  });

  it('redelivers when the invisible time ends, with a new handle and the next attempt number', async () => {
    const test = await start();
    await test.broker.send('orders', [text('1')]);
    const [first] = await test.receive('a', 'orders', { invisibleMs: 2_000 });
    await test.clock.advance(1_999);
    expect(await test.receive('a', 'orders')).toEqual([]);
    await test.clock.advance(1);
    await expect(test.broker.ack('a', 'orders', first!.handle)).rejects.toEqual(
      refusal(code.invalidReceiptHandle),
    );
    const [second] = await test.receive('a', 'orders');
    expect(second).toMatchObject({ body: '1', attempt: 2, offset: first!.offset });
    expect(second!.handle).not.toBe(first!.handle);
  });

  it('replaces the handle when the invisible time is changed, and counts from that moment', async () => {
    const test = await start();
    await test.broker.send('orders', [text('1')]);
    const [first] = await test.receive('a', 'orders', { invisibleMs: 2_000 });
    await test.clock.advance(1_500);
    const renewed = await test.broker.changeInvisible('a', 'orders', first!.handle, 2_000);
    await expect(test.broker.ack('a', 'orders', first!.handle)).rejects.toEqual(
      refusal(code.invalidReceiptHandle),
    );
    await test.clock.advance(1_500);
    expect(await test.receive('a', 'orders')).toEqual([]);
    await test.broker.ack('a', 'orders', renewed);
    await test.clock.advance(60_000);
    expect(await test.receive('a', 'orders')).toEqual([]);
  });

  it('accepts acks twice and in any order, and advances its offset once a gap closes', async () => {
    const test = await TestBroker.start({
      topics: [{ name: 'one', type: 'NORMAL', queues: 1 }],
      groups: [{ name: 'a', maxRetries: 9 }],
    });
    await test.broker.send('one', [text('0'), text('1'), text('2')]);
    const seen = await test.receive('a', 'one');
    const at = () => test.broker.overview().topics.find(({ topic }) => topic === 'one')!.queues[0]!;
    for (const index of [2, 1, 1]) await test.broker.ack('a', 'one', seen[index]!.handle);
    expect(at().groups).toEqual([{ group: 'a', offset: 0, inFlight: 1, lag: 1 }]);
    await test.broker.ack('a', 'one', seen[0]!.handle);
    expect(at()).toEqual({
      queue: 0,
      first: 0,
      end: 3,
      groups: [{ group: 'a', offset: 3, inFlight: 0, lag: 0 }],
    });
  });

  it('filters by tags, and settles messages with other tags', async () => {
    const test = await start();
    const tagged = ['x', 'y', 'z'].map((tag) => text(tag, { tag }));
    await test.broker.send('orders', [...tagged, text('none')]);
    expect(bodies(await test.receive('a', 'orders', { tags: 'x || z' }))).toEqual(['x', 'z']);
    expect(bodies(await test.receive('b', 'orders'))).toEqual(['none', 'x', 'y', 'z']);
    const lag = test.broker.overview().topics[0]!.queues.flatMap(({ groups }) => groups);
    expect(lag.filter(({ group }) => group === 'a').reduce((sum, one) => sum + one.lag, 0)).toBe(2);
  });

  it('moves a message to the dead-letter topic after its retries, with its content', async () => {
    const test = await start();
    await test.broker.send('orders', [text('poison')]);
    for (let attempt = 1; attempt <= 3; attempt++) {
      expect(await test.receive('strict', 'orders', { invisibleMs: 1_000 })).toMatchObject([{ attempt }]);
      await test.clock.advance(1_000);
    }
    expect(await test.receive('strict', 'orders')).toEqual([]);
    await test.clock.advance(1);
    expect(await test.receive('a', '%DLQ%strict')).toMatchObject([{ body: 'poison', attempt: 1 }]);
    await test.clock.advance(100_000);
    expect(await test.receive('strict', 'orders')).toEqual([]);
  });

  it('renews the messages of a connected owner, and redelivers them soon after it disconnects', async () => {
    let alive = true;
    const test = await start({ isAlive: () => alive });
    await test.broker.send('orders', [text('1')]);
    const [held] = await test.receive('a', 'orders', { invisibleMs: 60_000, owner: 'push' });
    await test.clock.advance(200_000);
    expect(await test.receive('a', 'orders')).toEqual([]);
    alive = false;
    test.broker.clientLeft('push');
    await test.clock.advance(1_000);
    expect(await test.receive('a', 'orders')).toMatchObject([{ body: '1', attempt: 2 }]);
    await expect(test.broker.ack('a', 'orders', held!.handle)).rejects.toThrow('expired');
  });
});

describe('waiting', () => {
  it('ends with the first message, or without one after its timeout', async () => {
    const test = await start();
    const waiting = test.receive('a', 'orders', { waitMs: 1_000 });
    await test.broker.send('orders', [text('1')]);
    expect(bodies(await waiting)).toEqual(['1']);
    const inVain = test.receive('a', 'orders', { waitMs: 1_000 });
    await test.clock.advance(1_000);
    expect(await inVain).toEqual([]);
  });

  it('ends when a lease does', async () => {
    const test = await start();
    await test.broker.send('orders', [text('1')]);
    await test.receive('a', 'orders', { invisibleMs: 2_000 });
    const waiting = test.receive('a', 'orders', { waitMs: 5_000 });
    await test.clock.advance(2_000);
    expect(await waiting).toMatchObject([{ body: '1', attempt: 2 }]);
  });

  it('delivers nothing to a consumer that is gone', async () => {
    const test = await start();
    const gone = new AbortController();
    const receive = {
      filter: () => true,
      maxMessages: 1,
      invisibleMs: 1_000,
      waitMs: 9_000,
      signal: gone.signal,
    };
    const waiting = test.broker.receive('a', 'orders', receive);
    gone.abort();
    expect(await waiting).toEqual([]);
    await test.broker.send('orders', [text('1')]);
    expect(bodies(await test.receive('a', 'orders'))).toEqual(['1']);
  });
});

describe('a FIFO group', () => {
  const send = (test: TestBroker, ...steps: string[]) =>
    test.broker.send(
      'steps',
      steps.map((step) => text(step, { type: 'FIFO', messageGroup: 'key' })),
    );

  it('waits until all of a batch is settled', async () => {
    const test = await start();
    await send(test, '0', '1', '2', '3');
    const batch = await test.receive('fifo', 'steps', { most: 2 });
    expect(await test.receive('fifo', 'steps')).toEqual([]);
    await test.broker.ack('fifo', 'steps', batch[1]!.handle);
    expect(await test.receive('fifo', 'steps')).toEqual([]);
    await test.broker.ack('fifo', 'steps', batch[0]!.handle);
    expect(bodies(await test.receive('fifo', 'steps'))).toEqual(['2', '3']);
  });

  it('restarts at the first unsettled message, and redelivers later ones that were acked', async () => {
    const test = await start();
    await send(test, '0', '1', '2');
    const batch = await test.receive('fifo', 'steps', { invisibleMs: 2_000 });
    await test.broker.ack('fifo', 'steps', batch[0]!.handle);
    await test.broker.ack('fifo', 'steps', batch[2]!.handle);
    await test.clock.advance(2_000);
    expect(await test.receive('fifo', 'steps')).toMatchObject([
      { body: '1', attempt: 2 },
      { body: '2', attempt: 2 },
    ]);
  });

  it('delivers the same batch again to the same receive', async () => {
    const test = await start();
    await send(test, '0', '1');
    await test.receive('fifo', 'steps', { attemptId: 'x' });
    expect(await test.receive('fifo', 'steps', { attemptId: 'y' })).toEqual([]);
    const again = await test.receive('fifo', 'steps', { attemptId: 'x' });
    expect(again).toMatchObject([{ body: '0', attempt: 1 }, { body: '1' }]);
  });
});

describe('delayed messages', () => {
  const later = (test: TestBroker, ms: number) =>
    text(`in ${ms}`, { type: 'DELAY', deliverAt: test.clock.now() + ms });

  it('are delivered at their time, also after a crash', async () => {
    const test = await start();
    await test.broker.send('timers', [later(test, 5_000), later(test, 1_000), later(test, 0)]);
    expect(bodies(await test.receive('a', 'timers'))).toEqual(['in 0']);
    await test.clock.advance(1_000);
    expect(bodies(await test.receive('a', 'timers'))).toEqual(['in 1000']);
    await test.crash();
    await test.clock.advance(3_900);
    expect(await test.receive('a', 'timers')).toEqual([]);
    await test.clock.advance(100);
    expect(bodies(await test.receive('a', 'timers'))).toEqual(['in 5000']);
    expect(test.store.readDelayed(0, '')).toBeUndefined();
  });

  it('are refused with a delay of more than a day', async () => {
    const test = await start();
    const sending = test.broker.send('timers', [later(test, 24 * 3_600_000 + 1)]);
    await expect(sending).rejects.toEqual(refusal(code.illegalDeliveryTime));
  });
});

/** A store whose commits wait until the test releases them. */
class GatedStore extends MemoryStore {
  #open: () => void = () => undefined;
  #gate: Promise<void> | undefined;

  shut(): void {
    this.#gate = new Promise((resolve) => (this.#open = resolve));
  }

  open(): void {
    this.#gate = undefined;
    this.#open();
  }

  override async commit(changes: readonly Change[]): Promise<void> {
    await this.#gate;
    await super.commit(changes);
  }
}

describe('a flush', () => {
  it('comes before each answer, and before a message is visible', async () => {
    const store = new GatedStore();
    const test = await start({ store });
    const done: string[] = [];
    const watch = (name: string, work: Promise<unknown>) => void work.then(() => done.push(name));
    await test.broker.send('orders', [text('0'), text('1')]);
    const [first, second] = await test.receive('a', 'orders');
    store.shut();
    watch('send', test.broker.send('orders', [text('2')]));
    watch('ack', test.broker.ack('a', 'orders', first!.handle));
    watch('ack again', test.broker.ack('a', 'orders', first!.handle));
    watch('renewal', test.broker.changeInvisible('a', 'orders', second!.handle, 60_000));
    await test.clock.advance(1_000);
    expect(done).toEqual([]);
    expect(await test.receive('a', 'orders')).toEqual([]);
    store.open();
    await test.clock.advance(1);
    expect(done.toSorted()).toEqual(['ack', 'ack again', 'renewal', 'send']);
    expect(bodies(await test.receive('a', 'orders'))).toEqual(['2']);
  });
});

describe('a crash', () => {
  it('keeps messages, offsets, leases and handles that were confirmed', async () => {
    const test = await start();
    await test.broker.send('orders', [text('0'), text('1'), text('2'), text('3')]);
    const seen = await test.receive('a', 'orders', { most: 3, invisibleMs: 5_000 });
    await test.broker.ack('a', 'orders', seen[1]!.handle);
    await test.crash();
    expect(await test.receive('a', 'orders')).toHaveLength(1);
    await test.broker.ack('a', 'orders', seen[0]!.handle);
    await test.clock.advance(5_000);
    expect(await test.receive('a', 'orders')).toMatchObject([{ body: seen[2]!.body, attempt: 2 }]);
  });

  it('never assigns an offset twice, even when all messages were removed', async () => {
    const test = await start({ retention: { settledMs: 0 } });
    for (let i = 0; i < 4; i++) await test.broker.send('orders', [text(`${i}`)]);
    for (const { handle } of await test.receive('a', 'orders')) await test.broker.ack('a', 'orders', handle);
    await test.clock.advance(2_000);
    expect(test.store.size).toBe(0);
    await test.crash();
    expect(await test.broker.send('orders', [text('new')])).toEqual([1]);
  });
});

describe('a message', () => {
  it('is kept until all groups have settled it, and for a while after that', async () => {
    const test = await start({ retention: { settledMs: 60_000 } });
    await test.broker.send('orders', [text('1')]);
    await test.receive('b', 'orders', { invisibleMs: 3_600_000 });
    for (const { handle } of await test.receive('a', 'orders')) await test.broker.ack('a', 'orders', handle);
    await test.clock.advance(120_000);
    expect(test.store.size).toBe(1);
    const [held] = await test.receive('b', 'orders');
    expect(held).toBeUndefined();
    await test.clock.advance(3_600_000);
    const [again] = await test.receive('b', 'orders');
    await test.broker.ack('b', 'orders', again!.handle);
    await test.clock.advance(1_000);
    expect(test.store.size).toBe(0);
  });

  it('is removed after a maximum age', async () => {
    const test = await start({ retention: { maxMs: 10_000 } });
    await test.broker.send('orders', [text('1')]);
    await test.receive('a', 'orders', { invisibleMs: 1_000 });
    await test.clock.advance(12_000);
    expect(test.store.size).toBe(0);
    expect(await test.receive('a', 'orders')).toEqual([]);
    await test.broker.send('orders', [text('2'), text('3'), text('4'), text('5')]);
    expect(bodies(await test.receive('a', 'orders'))).toEqual(['2', '3', '4', '5']);
  });
});

describe('groups and limits', () => {
  it('refuses an unknown group, and invisible times out of range', async () => {
    const test = await start();
    await expect(test.receive('nobody', 'orders')).rejects.toEqual(refusal(code.consumerGroupNotFound));
    for (const invisibleMs of [999, 12 * 3_600_000 + 1])
      await expect(test.receive('a', 'orders', { invisibleMs })).rejects.toEqual(
        refusal(code.illegalInvisibleTime),
      );
    await expect(test.broker.ack('a', 'orders', 'garbage')).rejects.toEqual(
      refusal(code.invalidReceiptHandle),
    );
  });

  it('refuses to change the type of an existing topic', async () => {
    const { broker } = await start();
    const other: Topology = { topics: [{ name: 'orders', type: 'FIFO', queues: 4 }], groups: [] };
    await expect(broker.define(other)).rejects.toThrow('orders exists as NORMAL');
    await broker.define(topology);
  });
});
