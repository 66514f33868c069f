import { createServer, type AddressInfo, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { Client, credentials } from '@grpc/grpc-js';
import fc from 'fast-check';
import { deliveryV1 } from '@seckill/contracts';
import { until } from '@seckill/clock';
import { MemoryRegistry, newInstanceId, type Registry } from '@seckill/registry';
import { GrpcReplyReceiver } from './grpc-reply-receiver.js';
import { GrpcReplySender } from './grpc-reply-sender.js';
import type { Reply } from './reply-channel.js';

const cleanUps: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).toReversed()) await cleanUp();
});

/** A port that accepts connections and never answers, as of a stopped process. */
async function silentPort(): Promise<number> {
  const sockets: Socket[] = [];
  const server = createServer((socket) => sockets.push(socket));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanUps.push(async () => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return (server.address() as AddressInfo).port;
}

const reply = (correlationId: number): Reply => ({
  correlationId,
  requestId: `r${correlationId}`,
  outcome: { $case: 'payload', value: Buffer.from('1') },
  index: 0,
  more: false,
});

/** A waiting instance that holds the given correlation ids. */
async function waitingInstance(
  registry: Registry,
  held: number[],
  { registered = true, id = newInstanceId('gateway') } = {},
) {
  const receiver = new GrpcReplyReceiver({ instanceId: id, host: '127.0.0.1', port: 0 });
  const got: number[] = [];
  const waiting = new Set(held);
  const line = receiver.attach(({ correlationId }) => {
    got.push(correlationId - line.firstCorrelationId);
    return waiting.delete(correlationId - line.firstCorrelationId);
  });
  await line.listen();
  cleanUps.push(() => line.close());
  const instance = { id, role: 'gateway', address: `127.0.0.1:${receiver.port}`, startedAt: Date.now() };
  if (registered) await registry.register(instance);
  const to = (n: number) => reply(line.firstCorrelationId + n);
  return { id, got, instance, to };
}

function setUp(withinMs = 30_000) {
  const registry = new MemoryRegistry();
  const logged: unknown[] = [];
  const write = (message: string, fields?: object) => void logged.push({ message, ...fields });
  const sender = new GrpcReplySender({ registry, withinMs, log: { log: write, warn: write, error: write } });
  cleanUps.push(
    () => sender.close(),
    () => registry.close(),
  );
  return { registry, sender, logged };
}

describe('replies by gRPC', () => {
  it('reach the one instance that is named', async () => {
    const { registry, sender } = setUp();
    const a = await waitingInstance(registry, [1]);
    const b = await waitingInstance(registry, [1]);
    expect(await sender.send(b.id, b.to(1))).toBe('settled');
    expect(a.got).toEqual([]);
    expect(b.got).toEqual([1]);
  });

  it('are reported as not held when there is no waiter any more', async () => {
    const { registry, sender } = setUp();
    const { id, to } = await waitingInstance(registry, [1, 2]);
    const deliveries = await Promise.all([1, 3, 2].map((n) => sender.send(id, to(n))));
    expect(deliveries).toEqual(['settled', 'not-held', 'settled']);
  });

  it('are sent in batches: many replies of one moment are one call', async () => {
    const { registry, sender } = setUp();
    const held = Array.from({ length: 500 }, (_, i) => i + 1);
    const { id, got, to } = await waitingInstance(registry, held);
    const deliveries = await Promise.all(held.map((n) => sender.send(id, to(n))));
    expect(new Set(deliveries)).toEqual(new Set(['settled']));
    expect(got).toEqual(held);
  });

  // They left as one call, which was larger than the receiver accepts: all were lost, small ones as well.
  it('that are large are sent in several calls, and one that is too large does not affect the others', async () => {
    const { registry, sender, logged } = setUp();
    const held = Array.from({ length: 31 }, (_, i) => i + 1);
    const { id, got, to } = await waitingInstance(registry, held);
    const large = (n: number, megabytes: number): Reply => ({
      ...to(n),
      outcome: { $case: 'payload', value: Buffer.alloc(megabytes * 1_024 * 1_024) },
    });
    const first = sender.send(id, to(31));
    const deliveries = await Promise.all(
      held.slice(0, 30).map((n) => sender.send(id, n === 15 ? large(n, 17) : n % 2 ? large(n, 1) : to(n))),
    );
    expect(await first).toBe('settled');
    expect(deliveries.flatMap((delivery, i) => (delivery === 'settled' ? [] : [i + 1]))).toEqual([15]);
    expect(got).toHaveLength(30);
    expect(logged).toMatchObject([{ message: expect.stringContaining('too large') }]);
  }, 30_000);

  it('are refused by another instance at the same address, such as the next start of a gateway that died', async () => {
    const { registry, sender } = setUp();
    const next = await waitingInstance(registry, [1]);
    const died = { ...next.instance, id: newInstanceId('gateway') };
    await registry.register(died);
    expect(await sender.send(died.id, next.to(1))).toBe('unreachable');
    expect(next.got).toEqual([]);
  });

  it('for an unknown instance are dropped immediately', async () => {
    const { sender } = setUp();
    expect(await sender.send('gateway-unknown', reply(1))).toBe('unreachable');
  });

  it('for an instance that is gone are dropped in time, and logged once', async () => {
    const { registry, sender, logged } = setUp(300);
    await registry.register({ id: 'gateway-gone', role: 'gateway', address: '127.0.0.1:1', startedAt: 0 });
    expect(await sender.send('gateway-gone', reply(1))).toBe('unreachable');
    expect(await sender.send('gateway-gone', reply(2))).toBe('unreachable');
    expect(logged).toEqual([
      expect.objectContaining({ gatewayId: 'gateway-gone', requests: 1, requestId: reply(1).requestId }),
    ]);
  });

  it('for one instance that does not answer do not delay those for another', async () => {
    const { registry, sender } = setUp(2_000);
    const port = await silentPort();
    await registry.register({
      id: 'gateway-stalled',
      role: 'gateway',
      address: `127.0.0.1:${port}`,
      startedAt: 0,
    });
    const healthy = await waitingInstance(registry, [1]);
    let stalled: string | undefined;
    const waiting = sender.send('gateway-stalled', reply(1)).then((delivery) => (stalled = delivery));
    expect(await sender.send(healthy.id, healthy.to(1))).toBe('settled');
    expect(stalled).toBeUndefined();
    expect(await waiting).toBe('unreachable');
  });

  // Only the store bounded a lookup: 4.5 s for each envelope of a dead gateway while the registry was down.
  it('are dropped in time when the registry does not answer a lookup', async () => {
    const { registry, sender } = setUp(200);
    registry.lookup = () => new Promise(() => {});
    expect(await sender.send('gateway-unknown', reply(1))).toBe('unreachable');
  });

  // `listen()`, and with it the client's `connect()`, did not return before the registry was back.
  it('are received, and their instance is registered, although the registry is down at first', async () => {
    const { registry, sender } = setUp();
    const register = registry.register.bind(registry);
    let come!: () => void;
    const there = new Promise<void>((resolve) => (come = resolve));
    registry.register = async (...instance) => {
      await there;
      return register(...instance);
    };
    const id = newInstanceId('gateway');
    const receiver = new GrpcReplyReceiver({
      instanceId: id,
      host: '127.0.0.1',
      port: 0,
      register: { registry, withinMs: 50 },
    });
    const line = receiver.attach(() => true);
    cleanUps.push(() => line.close());
    await line.listen();
    const first = reply(line.firstCorrelationId);
    expect(await sender.send(id, first)).toBe('unreachable');
    come();
    await until(() => registry.list('gateway').length > 0);
    expect(await sender.send(id, first)).toBe('settled');
  });

  it('of any content neither crash the receiver nor reach a waiter that they do not name', async () => {
    const { registry, sender } = setUp();
    const { id, got, instance, to } = await waitingInstance(registry, [1]);
    const client = new Client(instance.address, credentials.createInsecure());
    cleanUps.push(async () => client.close());
    const asIs = (bytes: Uint8Array) => Buffer.from(bytes);
    const send = (bytes: Uint8Array) =>
      new Promise<void>((resolve) => {
        const { path } = deliveryV1.DeliveryServiceService.deliver;
        client.makeUnaryRequest(path, asIs, asIs, bytes, () => resolve());
      });
    const toOthers = fc
      .record({
        instanceId: fc.string(),
        correlationId: fc.nat(5).map((n) => to(n).correlationId),
        requestId: fc.string(),
      })
      .map(({ instanceId, ...rest }) =>
        deliveryV1.DeliverRequest.encode({ instanceId, results: [{ ...reply(1), ...rest }] }).finish(),
      );
    await fc.assert(fc.asyncProperty(fc.oneof(fc.uint8Array({ maxLength: 300 }), toOthers), send), {
      numRuns: 300,
    });
    expect(got).toEqual([]);
    expect(await sender.send(id, to(1))).toBe('settled');
  }, 60_000);
});
