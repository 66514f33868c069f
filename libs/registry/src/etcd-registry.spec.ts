import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { Etcd3 } from 'etcd3';
import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals';
import { rm } from 'node:fs/promises';
import { CorrectedClock, until } from '@seckill/clock';
import { EtcdProcess, scratchDirectory, TcpProxy } from '@seckill/embedded';
import { InstanceIdTakenError, StoreUnreachableError } from './errors.js';
import { EtcdConnection } from './etcd-connection.js';
import { EtcdStore } from './etcd-store.js';
import { parseEtcdUrl } from './etcd-url.js';
import { EtcdWatch } from './etcd-watch.js';
import { newInstanceId } from './instance.js';
import { openRegistry } from './open-registry.js';
import type { Registry, RegistryOptions } from './registry.js';
import { StoreRegistry } from './store-registry.js';
import type { Store } from './store.js';
import { describeWithEtcd } from './testing/describe-with-etcd.js';
import { registryConformance } from './testing/registry-conformance.js';

describeWithEtcd('a registry on etcd', () => {
  const directory = scratchDirectory('registry-etcd');
  let etcd: EtcdProcess;
  let closeLater: (() => Promise<unknown> | void)[] = [];

  beforeAll(async () => {
    etcd = await EtcdProcess.start({ dataDir: directory });
  }, 60_000);
  afterEach(async () => {
    for (const close of closeLater.toReversed()) await close();
    closeLater = [];
  });
  afterAll(async () => {
    await etcd?.stop();
    await rm(directory, { recursive: true, force: true });
  }, 30_000);

  registryConformance(
    'etcd',
    async () => {
      const url = `${etcd.registryUrl}/conformance`;
      let lookups = 0;
      return {
        open: async (options) => {
          const registry = new StoreRegistry((events) => {
            const store: Store = new EtcdStore(url, events, options);
            return {
              put: (entry) => store.put(entry),
              read: () => store.read(),
              close: () => store.close(),
              find: (id) => {
                lookups++;
                return store.find(id);
              },
            };
          }, options);
          await registry.firstRead;
          return registry;
        },
        lookups: () => lookups,
        stop: () => etcd.kill(),
        start: () => etcd.start(),
        cleanUp: async () => {},
      };
    },
    { tellsTime: false },
  );

  let prefixes = 0;
  /** A URL with a prefix of its own. */
  const freshUrl = (hosts = `127.0.0.1:${etcd.port}`) => `etcd://${hosts}/test-${++prefixes}`;
  const open = async (url: string, options?: RegistryOptions): Promise<Registry> => {
    const registry = await openRegistry(url, options);
    closeLater.push(() => registry.close());
    return registry;
  };
  const connect = (url: string) => {
    const connection = new EtcdConnection(parseEtcdUrl(url), 2_000);
    closeLater.push(() => connection.close());
    return connection;
  };
  const openStore = (url: string, options: RegistryOptions = {}) => {
    const notified = { changes: 0, lost: 0 };
    const events = {
      clock: new CorrectedClock(),
      changed: () => notified.changes++,
      lost: () => notified.lost++,
    };
    const store = new EtcdStore(url, events, options);
    closeLater.push(() => store.close());
    return { store, notified };
  };
  const proxied = async () => {
    const proxy = await TcpProxy.start({ port: etcd.port });
    closeLater.push(() => proxy.close());
    return proxy;
  };
  const admin = () => {
    const client = new Etcd3({ hosts: `127.0.0.1:${etcd.port}` });
    closeLater.push(() => client.close());
    return client;
  };
  const newInstance = (role = 'gateway') => ({
    id: newInstanceId(role),
    role,
    address: 'localhost:1',
    startedAt: Date.now(),
  });
  const calls = async () => {
    const metrics = await (await fetch(`http://127.0.0.1:${etcd.port}/metrics`)).text();
    const counted = [...metrics.matchAll(/^grpc_server_started_total\{grpc_method="(\w+)".*\} (\d+)$/gm)];
    return new Map(counted.map(([, method, count]) => [method, Number(count)]));
  };

  it('needs one call for a heartbeat, which notifies no watcher', async () => {
    const { store, notified } = openStore(freshUrl());
    await store.read();
    const entry = { ...newInstance(), state: 'ready' as const, ttlMs: 5_000 };
    await store.put({ ...entry, revision: 1 });
    await until(() => notified.changes === 1);
    const before = await calls();
    for (let revision = 2; revision <= 11; revision++) await store.put({ ...entry, revision });
    const after = await calls();
    const made = [...after].map(([method, count]) => [method, count - (before.get(method) ?? 0)] as const);
    expect(Object.fromEntries(made.filter(([, count]) => count > 0))).toEqual({ LeaseKeepAlive: 10 });
    await store.put({ ...entry, state: 'draining', revision: 12 });
    await until(() => notified.changes === 2);
    expect(notified).toEqual({ changes: 2, lost: 0 });
  });

  it('ignores a stale write, even after a release', async () => {
    const url = freshUrl();
    const { store } = openStore(url);
    const entry = { ...newInstance(), ttlMs: 60_000 };
    await store.put({ ...entry, state: 'ready', revision: 1 });
    const connection = connect(url);
    const key = Buffer.from(`${parseEtcdUrl(url).prefix}/${entry.id}`);
    const { lease, mod_revision, value } = (await connection.get(key.toString()))!;
    // What the first write would do if etcd executed it late, or a second time.
    const late = (compare: string) =>
      connection.transact({
        compare: [{ key, target: 'Mod', result: 'Equal', mod_revision: compare }],
        success: [{ request_put: { key, value, lease } }],
      });
    expect(await store.put({ ...entry, state: 'draining', revision: 2 })).toBe(true);
    expect(await store.put({ ...entry, state: 'ready', revision: 1 })).toBe(false);
    for (const compare of ['0', mod_revision]) expect((await late(compare))?.succeeded).toBe(false);
    expect((await store.find(entry.id))?.state).toBe('draining');
    expect(await store.put({ ...entry, state: 'released', revision: 3 })).toBe(true);
    expect(await late('0')).toBeUndefined();
    expect(await store.find(entry.id)).toBeUndefined();
    expect(await store.read()).toEqual({ instances: [], released: [] });
  });

  it('takes its lease again when etcd was replaced by an empty one, and watches changes there', async () => {
    const url = freshUrl();
    const registry = await open(url, { refreshMs: 200 });
    const lease = await registry.register(newInstance(), { ttlMs: 1_000 });
    await etcd.kill();
    await rm(directory, { recursive: true, force: true });
    await etcd.start();
    const other = await open(url);
    await until(() => other.list('gateway').length === 1 && lease.held);
    await other.register(newInstance());
    await until(() => registry.list('gateway').length === 2);
  }, 30_000);

  it('writes a deleted key again', async () => {
    const url = freshUrl();
    const registry = await open(url);
    const lease = await registry.register(newInstance(), { ttlMs: 300 });
    await until(() => registry.list('gateway').length === 1);
    const client = admin();
    await client.delete().prefix(parseEtcdUrl(url).prefix);
    const other = await open(url);
    await until(() => other.list('gateway').length === 1);
    expect(other.list('gateway')).toEqual([lease.instance]);
  });

  it('ignores keys that are not entries', async () => {
    const url = freshUrl();
    const { prefix } = parseEtcdUrl(url);
    const client = admin();
    for (const [id, value] of Object.entries({ words: 'hello', null: 'null', half: '{"role":"gateway"}' }))
      await client.put(`${prefix}/${id}`).value(value);
    // Of another registry, whose prefix begins with the same letters.
    await client
      .put(`${prefix}0/x`)
      .value('{"role":"gateway","address":"a:1","state":"ready","startedAt":1}');
    const registry = await open(url);
    const lease = await registry.register(newInstance());
    await until(() => registry.list('gateway').length === 1);
    expect(registry.list('gateway')).toEqual([lease.instance]);
    for (const id of ['words', 'null', 'half']) expect(await registry.lookup(id)).toBeUndefined();
  });

  it('reports a watch as lost when its revision was compacted', async () => {
    const url = freshUrl();
    const { prefix } = parseEtcdUrl(url);
    const client = admin();
    for (let i = 0; i < 3; i++) await client.put(`${prefix}/x`).value(i);
    const { header } = await client.put(`${prefix}/x`).value('last');
    await client.kv.compact({ revision: header.revision, physical: true });
    let lost = 0;
    const watch = new EtcdWatch(connect(url), `${prefix}/`, { changed: () => {}, lost: () => lost++ });
    closeLater.push(() => watch.close());
    await watch.ensure('1');
    await until(() => lost === 1);
    await watch.ensure(header.revision);
    await client.put(`${prefix}/x`).value('later');
    expect(lost).toBe(1);
  });

  it('reads the list again after its connection died silently and etcd compacted the missed changes', async () => {
    const url = freshUrl();
    const proxy = await proxied();
    const behind = `etcd://127.0.0.1:${proxy.port}/${parseEtcdUrl(url).prefix}`;
    // Within the time of this test only the watch would notice.
    const watching = await open(behind, { refreshMs: 3_600_000, timeoutMs: 300 });
    const other = await open(url);
    const first = await other.register(newInstance());
    await until(() => watching.list('gateway').length === 1);
    proxy.freeze();
    await first.release();
    const second = await other.register(newInstance());
    const { revision } = await connect(url).list('');
    await admin().kv.compact({ revision, physical: true });
    await until(() => !watching.reachable, 30_000);
    await proxy.pass();
    await until(() => watching.list('gateway')[0]?.id === second.instance.id);
    await second.drain();
    await until(() => watching.list('gateway')[0]?.state === 'draining');
  }, 60_000);

  it('does not block callers while etcd hangs, loses its lease meanwhile, and recovers', async () => {
    const url = freshUrl();
    const proxy = await proxied();
    const behind = `etcd://127.0.0.1:${proxy.port}/${parseEtcdUrl(url).prefix}`;
    const hung = await open(behind, { refreshMs: 200, timeoutMs: 300 });
    const lease = await hung.register(newInstance(), { ttlMs: 1_000 });
    const other = await open(url);
    await until(() => hung.list('gateway').length === 1);

    proxy.freeze();
    await expect(hung.lookup('stranger')).rejects.toThrow(StoreUnreachableError);
    expect(await hung.lookup(lease.instance.id)).toEqual(lease.instance);
    await until(() => !hung.reachable && !lease.held);
    await until(() => other.list('gateway').length === 0);
    const fresh = await open(behind, { timeoutMs: 300 });
    expect(fresh.reachable).toBe(false);

    await proxy.pass();
    await until(() => lease.held && other.list('gateway').length === 1);
    await until(() => fresh.list('gateway').length === 1);
    proxy.freeze();
    const closing = performance.now();
    await Promise.all([hung.close(), fresh.close()]);
    expect(performance.now() - closing).toBeLessThan(30_000);
  }, 30_000);

  it('can be closed while etcd is down, and makes no calls afterwards', async () => {
    const errors: unknown[] = [];
    const url = freshUrl();
    const registry = await openRegistry(url, { refreshMs: 50, onError: (error) => errors.push(error) });
    const lease = await registry.register(newInstance());
    await until(() => registry.list('gateway').length === 1);
    await etcd.kill();
    try {
      await until(() => !registry.reachable);
      expect(registry.list('gateway')).toEqual([lease.instance]);
      // Retried many times, reported once for each reason.
      await expect(registry.lookup('stranger')).rejects.toThrow(StoreUnreachableError);
      const closing = performance.now();
      await registry.close();
      expect(performance.now() - closing).toBeLessThan(30_000);
    } finally {
      await etcd.start();
    }
    expect(String(errors[0])).toMatch(/registry at etcd:\/\/127\.0\.0\.1:\d+\/test-\d+ did not answer/);
    const before = await calls();
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    expect(await calls()).toEqual(before);
  }, 30_000);

  it('does not lose its watch because a call failed', async () => {
    const { store, notified } = openStore(freshUrl(), { timeoutMs: 300 });
    await store.read();
    const entry = { ...newInstance(), state: 'ready' as const, ttlMs: 60_000 };
    await store.put({ ...entry, revision: 1 });
    await until(() => notified.changes === 1);
    etcd.pause();
    try {
      for (const call of [store.put({ ...entry, revision: 2 }), store.find('stranger')])
        await expect(call).rejects.toThrow(StoreUnreachableError);
    } finally {
      etcd.resume();
    }
    // Each attempt has a new revision: one without an answer may still have been executed.
    let revision = 2;
    await until(() => store.put({ ...entry, state: 'draining', revision: ++revision }).catch(() => false));
    await until(() => notified.changes >= 2);
    expect(notified.lost).toBe(0);
  }, 30_000);

  it('uses the hosts that answer', async () => {
    const errors: unknown[] = [];
    const url = freshUrl(`127.0.0.1:1,127.0.0.1:${etcd.port},127.0.0.1:2`);
    const options = { refreshMs: 50, onError: (error: unknown) => errors.push(error) };
    const [a, b] = [await open(url, options), await open(url, options)];
    const lease = await a.register(newInstance(), { ttlMs: 150 });
    await until(() => b.list('gateway').length === 1);
    for (let i = 0; i < 50; i++) expect(await b.lookup(`stranger-${i}`)).toBeUndefined();
    await until(() => lease.held);
    await lease.release();
    await until(() => b.list('gateway').length === 0);
    expect(errors).toEqual([]);
  });

  it('leaves a host that accepts connections but does not answer', async () => {
    const taken: Socket[] = [];
    const frozen = createServer((socket) => taken.push(socket.on('error', () => {}))).listen(0, '127.0.0.1');
    await once(frozen, 'listening');
    const { port } = frozen.address() as AddressInfo;
    try {
      const url = freshUrl(`127.0.0.1:${port},127.0.0.1:${etcd.port}`);
      const registry = await open(url, { timeoutMs: 300, refreshMs: 50 });
      const lease = await registry.register(newInstance(), { ttlMs: 3_000 });
      expect(lease.held).toBe(true);
      await lease.release();
    } finally {
      for (const socket of taken) socket.destroy();
      frozen.close();
    }
  }, 30_000);

  it.each([3_600_000, -3_600_000])(
    'is not misled by a clock that jumps by %d ms',
    async (jump) => {
      const url = freshUrl();
      const [a, b] = [await open(url, { timeoutMs: 500 }), await open(url, { timeoutMs: 500 })];
      const lease = await a.register(newInstance(), { ttlMs: 2_000 });
      const lengths = new Set<number>();
      await until(() => b.list('gateway').length === 1);
      b.watch('gateway', (list) => lengths.add(list.length));
      const RealDate = Date;
      globalThis.Date = class extends RealDate {
        constructor(...values: []) {
          super(...(values.length > 0 ? values : ([RealDate.now() + jump] as unknown as [])));
        }
        static override now = () => RealDate.now() + jump;
      } as DateConstructor;
      try {
        // Twice the lease.
        for (const end = performance.now() + 4_500; performance.now() < end;) {
          expect(lease.held).toBe(true);
          await new Promise((resolve) => setTimeout(resolve, 5));
        }
      } finally {
        globalThis.Date = RealDate;
      }
      await a.lookup('stranger');
      expect([...lengths]).toEqual([1]);
      expect(lease.held && a.reachable && b.reachable).toBe(true);
    },
    30_000,
  );

  it('reports that another process took its id while its lease was expired', async () => {
    const url = freshUrl();
    const proxy = await proxied();
    const behind = `etcd://127.0.0.1:${proxy.port}/${parseEtcdUrl(url).prefix}`;
    const errors: unknown[] = [];
    const cut = await open(behind, { timeoutMs: 300, onError: (error) => errors.push(error) });
    const gateway = newInstance();
    const lease = await cut.register(gateway, { ttlMs: 600 });
    proxy.freeze();
    const other = await open(url);
    await until(() => other.list('gateway').length === 0);
    await other.register(gateway);
    await proxy.pass();
    await until(() => errors.some((error) => error instanceof InstanceIdTakenError));
    expect(lease.held).toBe(false);
  }, 30_000);
});
