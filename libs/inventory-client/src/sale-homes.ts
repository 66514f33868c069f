import { Rendezvous } from '@seckill/ordering';
import type { Instance, Registry } from '@seckill/registry';

/** The role under which inventory registers. */
export const INVENTORY_ROLE = 'inventory';

/**
 * The instance that a sale belongs to. Every client chooses the same one, so that a sale's purchases gather in one instance
 * instead of several that wait for its lock. Any instance would decide correctly.
 */
export class SaleHomes {
  readonly #registry: Pick<Registry, 'list'>;
  #instances: readonly Instance[] | undefined;
  #homes = new Rendezvous([]);
  #byId = new Map<string, Instance>();

  constructor(registry: Pick<Registry, 'list'>) {
    this.#registry = registry;
  }

  /** Whether there is any instance. */
  get any(): boolean {
    return this.#registry.list(INVENTORY_ROLE).length > 0;
  }

  /**
   * The instance for a sale: a ready one if there is any, otherwise one that drains; undefined if none is known.
   * @param except an instance that did not answer
   */
  home(saleId: string, except?: Instance): Instance | undefined {
    const instances = this.#registry.list(INVENTORY_ROLE);
    if (except) {
      const others = instances.filter(({ id }) => id !== except.id);
      const id = new Rendezvous(candidates(others)).choose(saleId);
      return others.find((instance) => instance.id === id);
    }
    if (instances !== this.#instances) {
      this.#instances = instances;
      this.#homes = new Rendezvous(candidates(instances));
      this.#byId = new Map(instances.map((instance) => [instance.id, instance]));
    }
    const id = this.#homes.choose(saleId);
    return id === undefined ? undefined : this.#byId.get(id);
  }
}

function candidates(instances: readonly Instance[]): string[] {
  const ready = instances.filter(({ state }) => state === 'ready');
  return (ready.length > 0 ? ready : instances).map(({ id }) => id);
}
