import { createServer, type ServerHttp2Session } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import { until } from '@seckill/clock';
import { MemoryRegistry } from '@seckill/registry';
import { GrpcReplySender, type GrpcReplySenderOptions } from './grpc-reply-sender.js';
import type { Delivery, Reply } from './reply-channel.js';

const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).toReversed()) await cleanUp();
});

const reply = (correlationId: number): Reply => ({
  correlationId,
  requestId: `r${correlationId}`,
  outcome: { $case: 'payload', value: Buffer.from('1') },
  index: 0,
  more: false,
});

function setUp(options: Partial<GrpcReplySenderOptions>) {
  const registry = new MemoryRegistry();
  const sender = new GrpcReplySender({ registry, role: 'web', ...options });
  cleanUps.push(
    () => registry.close(),
    () => sender.close(),
  );
  /** An instance that accepts calls and never answers, as one that hangs. */
  const stalled = async (id: string) => {
    const sessions = new Set<ServerHttp2Session>();
    const server = createServer().on('session', (session) => {
      sessions.add(session);
      session.on('error', () => {}).once('close', () => sessions.delete(session));
    });
    server.on('stream', (stream) => stream.on('error', () => {}));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    cleanUps.push(() => {
      server.close();
      for (const session of sessions) session.destroy();
    });
    const address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    const lease = await registry.register({ id, role: 'web', address, startedAt: 0 });
    return { lease, channels: () => sessions.size };
  };
  return { sender, registry, stalled };
}

describe('GrpcReplySender', () => {
  it('keeps at most maxWaiting replies for an instance that hangs, and drops the rest immediately', async () => {
    const { sender, stalled } = setUp({ withinMs: 60_000, maxBatchSize: 1, maxWaiting: 3 });
    const { channels } = await stalled('web-1');
    const ends: Delivery[] = [];
    const send = (n: number) => void sender.send('web-1', reply(n)).then((end) => ends.push(end));
    send(0);
    await until(() => channels() === 1);
    for (let n = 1; n <= 10; n++) send(n);
    await until(() => ends.length === 7);
    await sleep(100);
    // One in flight, three that wait.
    expect(ends).toEqual(Array(7).fill('unreachable'));
  }, 30_000);

  it('drops the replies that wait for an instance that did not answer, then tries it with one call at a time', async () => {
    const { sender, stalled } = setUp({ withinMs: 1_000, maxBatchSize: 10 });
    const { channels } = await stalled('web-1');
    const ends: number[] = [];
    const started = performance.now();
    const send = (n: number) =>
      sender.send('web-1', reply(n)).then(() => void ends.push(performance.now() - started));
    const first = send(0);
    await until(() => channels() === 1);
    await Promise.all([first, ...Array.from({ length: 100 }, (_, n) => send(n))]);
    // Ten batches, without waiting a second for each.
    expect(Math.max(...ends)).toBeLessThan(2_000);

    await sleep(1_100);
    let tried = false;
    const trying = sender.send('web-1', reply(1)).then(() => void (tried = true));
    await sleep(100);
    expect(await sender.send('web-1', reply(2))).toBe('unreachable');
    expect(tried).toBe(false);
    await trying;
  }, 30_000);

  it('keeps at most maxInstances channels, and closes the least recently used one', async () => {
    const { sender, stalled } = setUp({ withinMs: 300, maxInstances: 2 });
    const instances = [await stalled('web-1'), await stalled('web-2'), await stalled('web-3')];
    const open = () => instances.map(({ channels }) => channels());
    await sender.send('web-1', reply(1));
    await sender.send('web-2', reply(1));
    await until(() => open().join() === '1,1,0');
    await sender.send('web-3', reply(1));
    await until(() => open().join() === '0,1,1');
  }, 30_000);

  it('closes the channel of an instance that leaves the registry', async () => {
    const { sender, registry, stalled } = setUp({ withinMs: 300 });
    const [left, stays] = [await stalled('web-1'), await stalled('web-2')];
    await until(() => registry.list('web').length === 2);
    await sender.send('web-1', reply(1));
    await sender.send('web-2', reply(1));
    await until(() => left.channels() === 1 && stays.channels() === 1);
    await left.lease.release();
    await until(() => left.channels() === 0);
    expect(stays.channels()).toBe(1);
  }, 30_000);

  // A lookup with a timeout of its own for every answer took a fifth of a service's CPU.
  it('looks up an instance once for answers that are sent at the same moment, and again for later ones', async () => {
    const asked: string[] = [];
    const registry = new MemoryRegistry();
    cleanUps.push(() => registry.close());
    const lookup = registry.lookup.bind(registry);
    registry.lookup = (id) => {
      asked.push(id);
      return lookup(id);
    };
    const { sender } = setUp({ registry });
    const send = (id: string) => sender.send(id, reply(1));
    const ends = await Promise.all([send('web-1'), send('web-1'), send('web-2'), send('web-1')]);
    expect(ends).toEqual(Array(4).fill('unreachable'));
    expect(asked).toEqual(['web-1', 'web-2']);
    await send('web-1');
    expect(asked).toEqual(['web-1', 'web-2', 'web-1']);
  });
});
