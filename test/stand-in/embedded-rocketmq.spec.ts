import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  StandInAdmin,
  startEmbeddedRocketMQ,
  type EmbeddedRocketMq,
  type EmbeddedRocketMqOptions,
  type FaultOrderInput,
} from '@seckill/embedded';
import { PatchedConsumer, PatchedProducer } from '@seckill/messaging';

const logger = { info() {}, warn() {}, error() {}, debug() {} };
const topics = [{ name: 't', type: 'NORMAL' as const, queues: 2 }];
const groups = [{ name: 'g', maxRetries: 100 }];

/** Messages that were ever stored. */
function stored(rocketMq: EmbeddedRocketMq): number {
  const { queues } = rocketMq.overview().topics.find(({ topic }) => topic === 't')!;
  return queues.reduce((sum, { end }) => sum + end, 0);
}

describe('startEmbeddedRocketMQ', () => {
  let dataDir: string;
  const started: EmbeddedRocketMq[] = [];
  const clients: { shutdown(): Promise<void> }[] = [];
  beforeEach(() => {
    dataDir = mkdtempSync(join(tmpdir(), 'embedded-rocketmq-'));
  });
  afterEach(async () => {
    await Promise.all(clients.splice(0).map((client) => client.shutdown().catch(() => undefined)));
    await Promise.all(started.splice(0).map((one) => one.stop()));
    rmSync(dataDir, { recursive: true, force: true });
  });

  const start = async (options: Partial<EmbeddedRocketMqOptions> = {}) => {
    const rocketMq = await startEmbeddedRocketMQ({ dataDir, topics, groups, ...options });
    started.push(rocketMq);
    return rocketMq;
  };
  const options = ({ endpoints }: EmbeddedRocketMq, requestTimeout = 5_000) => ({
    endpoints,
    namespace: '',
    logger,
    requestTimeout,
  });
  const producer = async (rocketMq: EmbeddedRocketMq, requestTimeout?: number) => {
    const client = new PatchedProducer({
      ...options(rocketMq, requestTimeout),
      topics: ['t'],
      maxAttempts: 1,
    });
    clients.push(client);
    await client.startup();
    return { send: (body: string) => client.send({ topic: 't', body: Buffer.from(body) }) };
  };
  const consumer = async (rocketMq: EmbeddedRocketMq) => {
    const subscriptions = new Map([['t', '*']]);
    const client = new PatchedConsumer({
      ...options(rocketMq),
      consumerGroup: 'g',
      subscriptions,
      awaitDuration: 1_000,
    });
    clients.push(client);
    await client.startup();
    return client;
  };

  it('carries a message from a producer to a consumer, and shows it', async () => {
    const rocketMq = await start();
    await (await producer(rocketMq)).send('hello');
    const client = await consumer(rocketMq);
    const [message] = await client.receive(1, 10_000);
    expect(message!.body.toString()).toBe('hello');
    await client.ack(message!);
    const [queue] = rocketMq
      .overview()
      .topics.find(({ topic }) => topic === 't')!
      .queues.filter(({ end }) => end > 0);
    expect(queue).toMatchObject({ end: 1, groups: [{ group: 'g', offset: 1, inFlight: 0, lag: 0 }] });
  });

  it('goes on where it was after a stop and after a crash', async () => {
    const first = await start();
    await (await producer(first)).send('1');
    await first.stop();
    await first.stop();
    const second = await start();
    await (await producer(second)).send('2');
    await second.crash();
    const third = await start();
    const client = await consumer(third);
    const all = [...(await client.receive(5, 10_000)), ...(await client.receive(5, 10_000))];
    expect(all.map(({ body }) => body.toString()).toSorted()).toEqual(['1', '2']);
  });

  it('says in one line what stands in its way', async () => {
    const running = await start();
    const other = mkdtempSync(join(tmpdir(), 'embedded-rocketmq-'));
    const attempt = (more: Partial<EmbeddedRocketMqOptions>) => start({ dataDir: other, ...more });
    await expect(attempt({ dataDir })).rejects.toThrow(`is in use by the process ${process.pid}`);
    await expect(attempt({ port: running.port })).rejects.toThrow(`Port ${running.port}`);
    await expect(attempt({ port: 70_000 })).rejects.toThrow('port');
    await expect(attempt({ topics: [{ name: 'a b', type: 'NORMAL', queues: 1 }] })).rejects.toThrow(
      'may hold letters',
    );
    const file = join(other, 'file');
    writeFileSync(file, '');
    await expect(attempt({ dataDir: join(file, 'below') })).rejects.toThrow('cannot be written');
    const taken = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => taken.once('listening', resolve));
    const adminPort = (taken.address() as AddressInfo).port;
    await expect(attempt({ adminPort })).rejects.toThrow("the stand-in's administration");
    taken.close();
    // What failed left nothing behind that stands in the way of the next start.
    await attempt({});
    const changed = [{ name: 't', type: 'FIFO' as const, queues: 2 }];
    await running.stop();
    await expect(start({ topics: changed })).rejects.toThrow('t exists as NORMAL');
    rmSync(other, { recursive: true, force: true });
  });

  it('says when it may not write', async () => {
    // Root may write everywhere.
    if (process.getuid?.() === 0) return;
    const locked = join(dataDir, 'locked');
    mkdirSync(locked);
    chmodSync(locked, 0o500);
    await expect(start({ dataDir: join(locked, 'data') })).rejects.toThrow('cannot be written');
  });

  describe('on order', () => {
    it('drops the answer to a send that it has done', async () => {
      const rocketMq = await start({ adminPort: 0 });
      const { send } = await producer(rocketMq, 1_000);
      await new StandInAdmin(rocketMq.adminPort!).orderFault({ kind: 'drop-answer', calls: ['send'] });
      await expect(send('1')).rejects.toThrow('DEADLINE_EXCEEDED');
      await send('2');
      const client = await consumer(rocketMq);
      const all = [...(await client.receive(5, 10_000)), ...(await client.receive(5, 10_000))];
      expect(all.map(({ body }) => body.toString()).toSorted()).toEqual(['1', '2']);
      expect(await new StandInAdmin(rocketMq.adminPort!).faultsDone()).toEqual({ 'drop-answer': 1 });
    });

    it('refuses, delays, pauses, cuts connections', async () => {
      const rocketMq = await start();
      const { send } = await producer(rocketMq);
      rocketMq.faults.order({ kind: 'refuse', calls: ['send'], status: 42_900 });
      await expect(send('x')).rejects.toThrow('42900');
      const slow: FaultOrderInput[] = [
        { kind: 'delay', calls: ['send'], ms: 300 },
        { kind: 'pause', ms: 300 },
      ];
      for (const order of slow) {
        rocketMq.faults.order(order);
        const began = performance.now();
        await send('late');
        expect(performance.now() - began).toBeGreaterThan(290);
      }
      rocketMq.faults.order({ kind: 'cut-connections' });
      await send('again').catch(() => send('again'));
      expect(() => rocketMq.faults.order({ kind: 'pause', ms: -1 })).toThrow('ms');
    });

    it('delivers twice', async () => {
      const rocketMq = await start();
      await (await producer(rocketMq)).send('1');
      rocketMq.faults.order({ kind: 'duplicate-delivery' });
      const client = await consumer(rocketMq);
      const [first] = await client.receive(1, 10_000);
      const [second] = await client.receive(1, 10_000);
      expect(second).toMatchObject({ messageId: first!.messageId, deliveryAttempt: 2 });
      await expect(client.ackChecked(first!)).rejects.toThrow('40013');
      await client.ackChecked(second!);
    });

    it('crashes before or after a flush: the message is lost, or kept, and nobody was told', async () => {
      for (const at of ['before-flush', 'after-flush'] as const) {
        let end: (reason: Error) => void = () => undefined;
        const ended = new Promise<Error>((resolve) => (end = resolve));
        const rocketMq = await start({ onEnd: end });
        const { send } = await producer(rocketMq);
        const kept = stored(rocketMq);
        rocketMq.faults.order({ kind: 'crash', at });
        await expect(send('1')).rejects.toThrow(/UNAVAILABLE|50001|CANCELLED/);
        expect((await ended).message).toBe('crashed by an injected fault');
        const next = await start();
        expect(stored(next) - kept).toBe(at === 'before-flush' ? 0 : 1);
        await next.stop();
      }
    });
  });
});
