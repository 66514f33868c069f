import type { Instance, Lease, Registry } from '@seckill/registry';

/** The place of this process in the registry, from before it is taken until it is given up. */
export class Registration {
  readonly #given = new AbortController();
  #registry: Registry | undefined;
  #lease: Lease | undefined;

  /** Whether others can be expected to see this instance. */
  get held(): boolean {
    return this.#lease?.held ?? false;
  }

  /** Whether it has never been registered. */
  get isNew(): boolean {
    return this.#lease === undefined;
  }

  /**
   * Tries until the registry knows this instance.
   * @throws the abort's reason when it is given up first
   * @throws InstanceIdTakenError when the id is in use
   */
  async take(registry: Registry, instance: Omit<Instance, 'state'>): Promise<Instance> {
    this.#registry = registry;
    this.#lease = await registry.register(instance, { signal: this.#given.signal });
    return this.#lease.instance;
  }

  /** Whether `giveUp` was called. */
  get givenUp(): boolean {
    return this.#given.signal.aborted;
  }

  /** Ends an attempt to register that is under way. */
  giveUp(): void {
    this.#given.abort();
  }

  async drain(): Promise<void> {
    await this.#lease?.drain();
  }

  async release(): Promise<void> {
    await this.#lease?.release();
  }

  /** Closes the registry. */
  async close(): Promise<void> {
    await this.#registry?.close();
  }
}
