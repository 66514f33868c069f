import { systemClock, type Clock } from '@seckill/clock';
import { StoreUnreachableError } from './errors.js';
import type { Instance } from './instance.js';
import type { RegistryOptions } from './registry.js';
import { StoreRegistry } from './store-registry.js';
import type { Entry, Snapshot, Store, StoreEvents } from './store.js';

interface Row extends Entry {
  readonly expiresAt: number;
}

/**
 * The store of a registry in memory, for one process and for tests; several handles can share it. Can simulate an
 * outage.
 */
export class MemoryRegistryStore {
  readonly #rows = new Map<string, Row>();
  readonly #watchers = new Set<StoreEvents>();
  readonly #clock: Clock;
  #up = true;
  #lookups = 0;

  /** @param clock by which entries expire */
  constructor(clock: Clock = systemClock) {
    this.#clock = clock;
  }

  /** How often the store was asked for a single instance. */
  get lookups(): number {
    return this.#lookups;
  }

  /** Starts an outage: no call is answered, and no change is reported. */
  stop(): void {
    this.#up = false;
    for (const events of this.#watchers) events.lost();
    this.#watchers.clear();
  }

  /** Ends an outage. Entries are still there unless they have expired. */
  start(): void {
    this.#up = true;
  }

  /** One handle's side of the store. */
  connect(events: StoreEvents): Store {
    return {
      put: async (entry) => this.#answer(() => this.#put(entry), events),
      find: async (id) => this.#answer(() => this.#find(id)),
      read: async () => this.#answer(() => this.#read(events), events),
      close: async () => void this.#watchers.delete(events),
    };
  }

  async #answer<T>(answer: () => T, events?: StoreEvents): Promise<T> {
    const mark = events?.clock.mark() ?? 0;
    await new Promise((resolve) => setImmediate(resolve));
    if (!this.#up) throw new StoreUnreachableError('memory', new Error('stopped'));
    const value = answer();
    events?.clock.correct(mark, this.#clock.now());
    return value;
  }

  #put(entry: Entry): boolean {
    const now = this.#clock.now();
    for (const [id, row] of this.#rows) if (row.expiresAt + 60_000 < now) this.#rows.delete(id);
    const before = this.#rows.get(entry.id);
    if (before && before.revision >= entry.revision) return false;
    this.#rows.set(entry.id, { ...entry, expiresAt: now + entry.ttlMs });
    if (before?.state !== entry.state || before.expiresAt <= now)
      for (const events of this.#watchers) queueMicrotask(() => events.changed());
    return true;
  }

  #find(id: string): Instance | undefined {
    this.#lookups++;
    const row = this.#rows.get(id);
    return row && row.expiresAt > this.#clock.now() ? visible(row) : undefined;
  }

  #read(events: StoreEvents): Snapshot {
    this.#watchers.add(events);
    const now = this.#clock.now();
    const rows = [...this.#rows.values()];
    return {
      instances: rows.filter((row) => row.expiresAt > now).flatMap((row) => visible(row) ?? []),
      released: rows.filter((row) => row.state === 'released').map((row) => row.id),
    };
  }
}

/** The instance that others see; undefined when it was released. */
function visible({ id, role, address, state, startedAt }: Row): Instance | undefined {
  return state === 'released' ? undefined : { id, role, address, state, startedAt };
}

/** One handle on a registry in memory. */
export class MemoryRegistry extends StoreRegistry {
  /** @param store shared by all handles that should see each other's instances */
  constructor(store: MemoryRegistryStore = new MemoryRegistryStore(), options: RegistryOptions = {}) {
    super((events) => store.connect(events), options);
  }
}
