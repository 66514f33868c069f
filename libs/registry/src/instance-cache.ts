import { RegistryClosedError } from './errors.js';
import type { Instance } from './instance.js';
import type { Registry } from './registry.js';

/** What is kept per instance, and how many of them. */
export interface InstanceCacheOptions<T> {
  /** Makes the thing, a channel say, for an instance. */
  create(instance: Instance): T;
  /** Lets go of it. Must not throw. */
  close(thing: T): void;
  /** How many are kept; beyond, the one not used for the longest time is closed. More than there are instances. */
  max: number;
}

/** A thing, and where it leads. */
interface Kept<T> {
  readonly address: string;
  readonly thing: T;
}

/**
 * One thing per instance of a role: made when first asked for, closed when the instance leaves the registry, or is
 * asked for at another address: an entry may have been wrong and been set right since. Draining instances have not
 * left. An instance that was looked up but never listed is closed by `max` only.
 */
export class InstanceCache<T> {
  /** In the order of their last use. */
  readonly #things = new Map<string, Kept<T>>();
  readonly #options: InstanceCacheOptions<T>;
  readonly #unwatch: () => void;
  #listed: ReadonlySet<string> = new Set();
  #closed = false;

  /** @throws RangeError when `max` is not a positive integer */
  constructor(registry: Pick<Registry, 'watch'>, role: string, options: InstanceCacheOptions<T>) {
    if (!Number.isInteger(options.max) || options.max < 1)
      throw new RangeError(
        `A cache of ${options.max} instances keeps nothing: pass max as a positive integer.`,
      );
    this.#options = options;
    this.#unwatch = registry.watch(role, (instances) => this.#onListed(instances));
  }

  /** How many are open. */
  get size(): number {
    return this.#things.size;
  }

  /**
   * The thing for an instance.
   * @throws RegistryClosedError when the cache is closed, and whatever `create` throws
   */
  get(instance: Instance): T {
    if (this.#closed) throw new RegistryClosedError();
    const { id, address } = instance;
    let kept = this.#things.get(id);
    if (kept && kept.address !== address) {
      this.#drop(id);
      kept = undefined;
    }
    const isNew = kept === undefined;
    kept ??= { address, thing: this.#options.create(instance) };
    this.#things.delete(id);
    this.#things.set(id, kept);
    if (isNew && this.#things.size > this.#options.max) this.#drop(this.#things.keys().next().value!);
    return kept.thing;
  }

  /** Closes everything and stops watching. */
  close(): void {
    this.#closed = true;
    this.#unwatch();
    for (const id of this.#things.keys()) this.#drop(id);
  }

  /** Only who was listed can have left: a fresh lookup may know an instance before the list does. */
  #onListed(instances: readonly Instance[]): void {
    const listed = new Set(instances.map(({ id }) => id));
    for (const id of this.#listed) if (!listed.has(id)) this.#drop(id);
    this.#listed = listed;
  }

  #drop(id: string): void {
    const kept = this.#things.get(id);
    if (!kept) return;
    this.#things.delete(id);
    this.#options.close(kept.thing);
  }
}
