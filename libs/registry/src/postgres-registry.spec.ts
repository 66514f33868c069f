import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { rm } from 'node:fs/promises';
import { CorrectedClock, until } from '@seckill/clock';
import { type EmbeddedPostgres, scratchDirectory, startEmbeddedPostgres, TcpProxy } from '@seckill/embedded';
import { Client } from 'pg';
import { StoreUnreachableError } from './errors.js';
import { newInstanceId } from './instance.js';
import { openRegistry } from './open-registry.js';
import { PostgresStore } from './postgres-store.js';
import type { Registry, RegistryOptions } from './registry.js';
import { StoreRegistry } from './store-registry.js';
import type { Entry, Store } from './store.js';
import { registryConformance } from './testing/registry-conformance.js';

const directory = scratchDirectory('registry-postgres');
/** Each part of the spec has a database of its own, made at the start. */
const databases = [
  'conformance',
  'race',
  'cut',
  'emptied',
  'sweep',
  'quiet',
  'overtaken',
  'hangs',
  'refuses',
] as const;
let postgres: EmbeddedPostgres;
let closeLater: (() => Promise<void>)[] = [];

/** Also after a stop: at the port where the registries under test look for it. */
const startPostgres = async () => {
  postgres = await startEmbeddedPostgres({
    dataDir: directory,
    databases,
    port: postgres?.port,
    fromTemplate: true,
  });
};
const urlOf = (database: (typeof databases)[number], port = postgres.port) =>
  postgres.url(database).replace(`:${postgres.port}/`, `:${port}/`);

beforeAll(startPostgres, 60_000);
afterEach(async () => {
  for (const close of closeLater.toReversed()) await close();
  closeLater = [];
});
afterAll(async () => {
  await postgres?.stop();
  await rm(directory, { recursive: true, force: true });
}, 30_000);

registryConformance('Postgres', async () => {
  const url = urlOf('conformance');
  let lookups = 0;
  return {
    open: async (options) => {
      const registry = new StoreRegistry((events) => {
        const store: Store = new PostgresStore(url, events, options);
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
    stop: () => postgres.stop(),
    start: startPostgres,
    cleanUp: async () => {},
  };
});

describe('openRegistry on Postgres', () => {
  const open = async (url: string, options?: RegistryOptions): Promise<Registry> => {
    const registry = await openRegistry(url, options);
    closeLater.push(() => registry.close());
    return registry;
  };
  const newInstance = (role = 'gateway') => ({
    id: newInstanceId(role),
    role,
    address: 'localhost:1',
    startedAt: Date.now(),
  });
  const sql = async (url: string, statement: string) => {
    const client = new Client(url);
    await client.connect();
    try {
      return (await client.query(statement)).rows;
    } finally {
      await client.end();
    }
  };

  it('creates one table when many processes start at once on an empty database', async () => {
    const url = urlOf('race');
    const handles = await Promise.all(Array.from({ length: 8 }, () => open(url, { refreshMs: 60_000 })));
    const failures: unknown[] = [];
    await Promise.all(handles.map((handle) => handle.register(newInstance()).catch((e) => failures.push(e))));
    expect(failures).toEqual([]);
    for (const handle of handles) await until(() => handle.list('gateway').length === 8);
  });

  it('is notified of changes again after its connections were cut', async () => {
    const url = urlOf('cut');
    const watching = await open(url, { refreshMs: 60_000, applicationName: 'watching' });
    const other = await open(url);
    const first = await other.register(newInstance());
    await until(() => watching.list('gateway').length === 1);
    await sql(
      url,
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'watching'`,
    );
    await first.release();
    await until(() => watching.list('gateway').length === 0);
    await other.register(newInstance());
    await until(() => watching.list('gateway').length === 1);
  });

  it('creates its table again when the database was replaced by an empty one', async () => {
    const url = urlOf('emptied');
    const registry = await open(url, { refreshMs: 100 });
    const lease = await registry.register(newInstance(), { ttlMs: 300 });
    await sql(url, 'DROP SCHEMA registry CASCADE');
    await until(async () => {
      const [there] = await sql(url, `SELECT to_regclass('registry.instances') IS NOT NULL AS "exists"`);
      return there.exists && (await sql(url, 'SELECT FROM registry.instances')).length === 1;
    });
    await until(() => lease.held && registry.reachable);
  });

  it('deletes entries that expired long ago, and no others, on heartbeats of other instances', async () => {
    const url = urlOf('sweep');
    const registry = await open(url);
    await sql(
      url,
      `INSERT INTO registry.instances VALUES
       ('old', 'gateway', 'a:1', 'ready', 0, 9, now() - interval '2 minutes'),
       ('young', 'gateway', 'a:1', 'ready', 0, 9, now() - interval '2 seconds')`,
    );
    const lease = await registry.register(newInstance(), { ttlMs: 300 });
    const ids = async () =>
      (await sql(url, 'SELECT id FROM registry.instances ORDER BY id')).map(({ id }) => id);
    await until(async () => !(await ids()).includes('old'));
    expect(await ids()).toEqual([lease.instance.id, 'young']);
    expect(registry.list('gateway').filter(({ id }) => id === 'young')).toEqual([]);
  });

  it('sends no notification for a heartbeat that changes nothing', async () => {
    const url = urlOf('quiet');
    let changes = 0;
    const events = { clock: new CorrectedClock(), changed: () => void changes++, lost: () => {} };
    const store = new PostgresStore(url, events, {});
    closeLater.push(() => store.close());
    await store.read();
    const entry: Entry = { ...newInstance(), state: 'ready', ttlMs: 5_000, revision: 1 };
    for (let revision = 1; revision <= 5; revision++) await store.put({ ...entry, revision });
    await store.put({ ...entry, state: 'draining', revision: 6 });
    await until(() => changes === 2);
    await store.read();
    expect(changes).toBe(2);
  });

  it('ignores a write with an older revision, also after a release', async () => {
    const url = urlOf('overtaken');
    const events = { clock: new CorrectedClock(), changed: () => {}, lost: () => {} };
    const store = new PostgresStore(url, events, {});
    closeLater.push(() => store.close());
    const entry = { ...newInstance(), ttlMs: 60_000 };
    expect(await store.put({ ...entry, state: 'draining', revision: 2 })).toBe(true);
    expect(await store.put({ ...entry, state: 'ready', revision: 1 })).toBe(false);
    expect((await store.find(entry.id))?.state).toBe('draining');
    expect(await store.put({ ...entry, state: 'released', revision: 4 })).toBe(true);
    expect(await store.put({ ...entry, state: 'draining', revision: 3 })).toBe(false);
    expect(await store.find(entry.id)).toBeUndefined();
    expect(await store.read()).toMatchObject({ instances: [], released: [entry.id] });
  });

  it('does not block callers while the database hangs, and recovers', async () => {
    const url = urlOf('hangs');
    const proxy = await TcpProxy.start({ port: postgres.port });
    closeLater.push(() => proxy.close());
    const hung = await open(urlOf('hangs', proxy.port), { refreshMs: 200, timeoutMs: 300 });
    const lease = await hung.register(newInstance(), { ttlMs: 600 });
    const other = await open(url);
    await until(() => hung.list('gateway').length === 1);

    proxy.freeze();
    await expect(hung.lookup('stranger')).rejects.toThrow(StoreUnreachableError);
    expect(await hung.lookup(lease.instance.id)).toEqual(lease.instance);
    await until(() => !hung.reachable && !lease.held);
    await until(() => other.list('gateway').length === 0);
    const fresh = await open(urlOf('hangs', proxy.port), { timeoutMs: 300 });
    expect(fresh.reachable).toBe(false);

    await proxy.pass();
    await until(() => lease.held && other.list('gateway').length === 1);
    await until(() => fresh.list('gateway').length === 1);
    proxy.freeze();
    const closing = performance.now();
    await Promise.all([hung.close(), fresh.close()]);
    expect(performance.now() - closing).toBeLessThan(30_000);
  }, 20_000);

  it('reports what is wrong without revealing the password', async () => {
    const errors: unknown[] = [];
    const url = urlOf('refuses').replace(/:[^:@]+@/, ':Geheim@');
    const registry = await open(url, { onError: (error) => errors.push(error), refreshMs: 50 });
    await until(() => errors.length > 0);
    expect(registry.reachable).toBe(false);
    expect(String(errors[0])).toMatch(/postgres:\/\/127\.0\.0\.1:\d+\/refuses did not answer .*password/);
    expect(String(errors[0])).not.toContain('Geheim');
    // Retried many times, reported once.
    await expect(registry.lookup('stranger')).rejects.toThrow(StoreUnreachableError);
    expect(errors).toHaveLength(1);
  });
});
