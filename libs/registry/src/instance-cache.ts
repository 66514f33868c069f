import { RegistryClosedError } from './errors.js';
import type { Instance } from './instance.js';
import type { Registry } from './registry.js';

/** How the values of an instance cache are made and closed. */
export interface InstanceCacheOptions<T> {
  /** Makes the value for an instance, such as a gRPC channel. */
  create(instance: Instance): T;
  /** Releases a value. Must not throw. */
  close(value: T): void;
  /** Most values; beyond it the least recently used one is closed. Choose more than there are instances. */
  max: number;
}

/** A value, and the address that it was made for. */
interface Kept<T> {
  readonly address: string;
  readonly value: T;
}

/**
 * One value per instance of a role, such as a gRPC channel. It is made at the first `get`, and closed when the instance
 * leaves the registry or its address changes (a wrong entry may have been corrected). A draining instance has not left.
 * The value of an instance that was looked up but never listed is closed only by `max`.
 */
export class InstanceCache<T> {
  /** In the order of their last use. */
  readonly #values = new Map<string, Kept<T>>();
  readonly #options: InstanceCacheOptions<T>;
  readonly #unwatch: () => void;
  #listed: ReadonlySet<string> = new Set();
  #closed = false;

  /** @throws RangeError when `max` is not a positive integer */
  constructor(registry: Pick<Registry, 'watch'>, role: string, options: InstanceCacheOptions<T>) {
    if (!Number.isInteger(options.max) || options.max < 1)
      throw new RangeError(`A cache cannot hold ${options.max} instances: pass max as a positive integer.`);
    this.#options = options;
    this.#unwatch = registry.watch(role, (instances) => this.#onListed(instances));
  }

  /** How many values are open. */
  get size(): number {
    return this.#values.size;
  }

  /**
   * The value for an instance.
   * @throws RegistryClosedError when the cache is closed; errors of `create`
   */
  get(instance: Instance): T {
    if (this.#closed) throw new RegistryClosedError();
    const { id, address } = instance;
    let kept = this.#values.get(id);
    if (kept && kept.address !== address) {
      this.#drop(id);
      kept = undefined;
    }
    const isNew = kept === undefined;
    kept ??= { address, value: this.#options.create(instance) };
    this.#values.delete(id);
    this.#values.set(id, kept);
    if (isNew && this.#values.size > this.#options.max) this.#drop(this.#values.keys().next().value!);
    return kept.value;
  }

  /** Closes all values and stops watching the registry. */
  close(): void {
    this.#closed = true;
    this.#unwatch();
    for (const id of this.#values.keys()) this.#drop(id);
  }

  /** Only an instance that was listed can have left: a lookup may find an instance before the list has it. */
  #onListed(instances: readonly Instance[]): void {
    const listed = new Set(instances.map(({ id }) => id));
    for (const id of this.#listed) if (!listed.has(id)) this.#drop(id);
    this.#listed = listed;
  }

  #drop(id: string): void {
    const kept = this.#values.get(id);
    if (!kept) return;
    this.#values.delete(id);
    this.#options.close(kept.value);
  }
}
