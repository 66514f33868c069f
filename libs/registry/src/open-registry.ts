import { sleep } from '@seckill/clock';
import { UnsupportedRegistryError } from './errors.js';
import { PostgresStore } from './postgres-store.js';
import type { Registry, RegistryOptions } from './registry.js';
import { StoreRegistry } from './store-registry.js';

/** How long opening waits for the list, in ms. */
const FIRST_READ_MS = 1_000;

/**
 * Opens a registry by the scheme of its URL: `postgres://` or `postgresql://`.
 *
 * Does not fail when the store is down: it is tried again until the registry is closed. Gives the list up to a second
 * to arrive, so that in ordinary times it is there when this resolves.
 * @throws UnsupportedRegistryError for any other URL
 */
export async function openRegistry(url: string, options: RegistryOptions = {}): Promise<Registry> {
  const scheme = URL.canParse(url) ? new URL(url).protocol : '';
  if (scheme !== 'postgres:' && scheme !== 'postgresql:') throw new UnsupportedRegistryError(scheme);
  const registry = new StoreRegistry((events) => new PostgresStore(url, events, options), options);
  await Promise.race([registry.firstRead, sleep(registry.clock, FIRST_READ_MS)]);
  return registry;
}
