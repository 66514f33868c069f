import { sleep } from '@seckill/clock';
import { InvalidRegistryUrlError, UnsupportedRegistryError } from './errors.js';
import { EtcdStore } from './etcd-store.js';
import { parseEtcdUrl } from './etcd-url.js';
import { PostgresStore } from './postgres-store.js';
import type { Registry, RegistryOptions } from './registry.js';
import type { Store, StoreEvents } from './store.js';
import { StoreRegistry } from './store-registry.js';

/** How long `openRegistry` waits for the first list, in ms. */
const FIRST_READ_MS = 1_000;

type OpenStore = (url: string, events: StoreEvents, options: RegistryOptions) => Store;

const openPostgres: OpenStore = (url, events, options) => new PostgresStore(url, events, options);
const openEtcd: OpenStore = (url, events, options) => new EtcdStore(url, events, options);

/**
 * Opens a registry by the scheme of its URL: `postgres://` or `postgresql://`, or
 * `etcd://host:2379[,host2:2379…][/prefix][?tls | ?ca=FILE[&cert=FILE&key=FILE]]`.
 *
 * Does not fail when the store is down: it retries until the registry is closed. Waits up to a second for the first
 * list, so that usually it is there when this resolves.
 * @throws UnsupportedRegistryError for any other URL
 * @throws InvalidRegistryUrlError for one that its adapter cannot read
 */
export async function openRegistry(url: string, options: RegistryOptions = {}): Promise<Registry> {
  const open = adapterOf(url);
  const registry = new StoreRegistry((events) => open(url, events, options), options);
  await Promise.race([registry.firstRead, sleep(registry.clock, FIRST_READ_MS)]);
  return registry;
}

/**
 * What is wrong with the URL of a registry, for a check of settings: one line, or undefined. Does not connect, but
 * reads the files in the URL.
 */
export function registryUrlProblem(url: string): string | undefined {
  try {
    adapterOf(url);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

function adapterOf(url: string): OpenStore {
  const scheme = /^[a-z][a-z0-9+.-]*:(?=\/\/)/i.exec(url)?.[0] ?? '';
  switch (scheme) {
    case 'etcd:':
      parseEtcdUrl(url);
      return openEtcd;
    case 'postgres:':
    case 'postgresql:':
      if (!URL.canParse(url))
        throw new InvalidRegistryUrlError('use postgres://user:password@host:5432/database');
      return openPostgres;
    default:
      throw new UnsupportedRegistryError(scheme);
  }
}
