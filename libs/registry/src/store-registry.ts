import { CorrectedClock, sleep } from '@seckill/clock';
import { CopyReader } from './copy-reader.js';
import { RegistryClosedError } from './errors.js';
import { checkInstance, type Instance } from './instance.js';
import { LocalCopy } from './local-copy.js';
import { MissedLookups } from './missed-lookups.js';
import type { InstanceListener, Lease, RegisterOptions, Registry, RegistryOptions } from './registry.js';
import type { ConnectStore, Store } from './store.js';
import { StoreLease } from './store-lease.js';

/** How long `close()` waits for leases to be released, in ms. The entries of the others expire. */
const RELEASE_MS = 3_000;

/** A registry over any store: the local copy, the leases and the lookups are the same for all stores. */
export class StoreRegistry implements Registry {
  readonly clock: CorrectedClock;
  readonly #store: Store;
  readonly #copy: LocalCopy;
  readonly #reader: CopyReader;
  readonly #missed: MissedLookups;
  readonly #leases = new Set<StoreLease>();
  readonly #onError: (error: unknown) => void;
  #reachable = false;
  #lastFailure: string | undefined;
  #closing: Promise<void> | undefined;

  /** Starts reading at once; does not need the store to be there. */
  constructor(connect: ConnectStore, options: RegistryOptions = {}) {
    const { clock = new CorrectedClock(), refreshMs = 2_000, onError = () => {} } = options;
    this.clock = clock;
    this.#onError = onError;
    this.#store = connect({
      clock,
      changed: () => this.#reader.readNow(),
      lost: () => this.#reader.readSoon(),
    });
    this.#copy = new LocalCopy(onError);
    this.#missed = new MissedLookups((id) => this.#find(id), clock);
    this.#reader = new CopyReader(() => this.#ask(this.#store.read()), this.#copy, clock, refreshMs);
  }

  get reachable(): boolean {
    return this.#reachable;
  }

  /** Resolves when the first read of the list has succeeded or failed. */
  get firstRead(): Promise<void> {
    return this.#reader.first;
  }

  async register(
    instance: Omit<Instance, 'state'>,
    { ttlMs = 6_000, signal }: RegisterOptions = {},
  ): Promise<Lease> {
    checkInstance(instance);
    if (!(ttlMs >= 100))
      throw new RangeError(`A TTL of ${ttlMs} ms is too short for heartbeats: pass at least 100.`);
    if (this.#closing) throw new RegistryClosedError();
    signal?.throwIfAborted();
    const lease = new StoreLease(instance, ttlMs, {
      put: (entry) => this.#ask(this.#store.put(entry)),
      clock: this.clock,
      onError: this.#onError,
      onEnd: (lease) => this.#leases.delete(lease),
    });
    this.#leases.add(lease);
    const abort = () => void lease.end(signal?.reason);
    signal?.addEventListener('abort', abort, { once: true });
    try {
      await lease.taken;
      return lease;
    } finally {
      signal?.removeEventListener('abort', abort);
    }
  }

  list(role: string): readonly Instance[] {
    return this.#copy.list(role);
  }

  watch(role: string, listener: InstanceListener): () => void {
    return this.#copy.watch(role, listener);
  }

  async lookup(id: string): Promise<Instance | undefined> {
    const known = this.#copy.get(id);
    if (known) return known;
    if (this.#closing) throw new RegistryClosedError();
    return this.#missed.ask(id);
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#reader.close();
    this.#copy.close();
    const released = new AbortController();
    const releases = Promise.all([...this.#leases].map((lease) => lease.release())).then(() =>
      released.abort(),
    );
    await Promise.race([releases, sleep(this.clock, RELEASE_MS, released.signal)]);
    await this.#store.close();
  }

  async #find(id: string): Promise<Instance | undefined> {
    const found = await this.#ask(this.#store.find(id));
    // The copy lacks it: a notification was lost or has not arrived yet.
    if (found) this.#reader.readNow();
    return found;
  }

  /** Records whether the store answered, and reports a failure that differs from the last one. */
  async #ask<T>(answer: Promise<T>): Promise<T> {
    try {
      const value = await answer;
      this.#reachable = true;
      this.#lastFailure = undefined;
      return value;
    } catch (error) {
      this.#reachable = false;
      const failure = String(error);
      if (!this.#closing && failure !== this.#lastFailure) this.#onError(error);
      this.#lastFailure = failure;
      throw error;
    }
  }
}
