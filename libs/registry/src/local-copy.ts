import { sameInstance, type Instance } from './instance.js';
import type { InstanceListener } from './registry.js';

const NO_INSTANCES: readonly Instance[] = Object.freeze([]);

/** The last known list of instances, by id and by role, and the listeners to its changes. */
export class LocalCopy {
  #byId = new Map<string, Instance>();
  #byRole = new Map<string, readonly Instance[]>();
  #filled = false;
  readonly #listeners = new Map<string, Set<InstanceListener>>();
  readonly #onError: (error: unknown) => void;

  /** @param onError called with what a listener throws; the other listeners are still called */
  constructor(onError: (error: unknown) => void) {
    this.#onError = onError;
  }

  get(id: string): Instance | undefined {
    return this.#byId.get(id);
  }

  list(role: string): readonly Instance[] {
    return this.#byRole.get(role) ?? NO_INSTANCES;
  }

  all(): Iterable<Instance> {
    return this.#byId.values();
  }

  watch(role: string, listener: InstanceListener): () => void {
    // A new function, because the same listener may be registered twice and removed once.
    const registered: InstanceListener = (instances) => listener(instances);
    const listeners = this.#listeners.get(role) ?? new Set();
    this.#listeners.set(role, listeners.add(registered));
    if (this.#filled) this.#notify(registered, this.list(role));
    return () => {
      listeners.delete(registered);
      if (listeners.size === 0 && this.#listeners.get(role) === listeners) this.#listeners.delete(role);
    };
  }

  /** Replaces the list, and calls the listeners of each role that changes. */
  replace(instances: readonly Instance[]): void {
    const before = this.#byRole;
    const first = !this.#filled;
    this.#byRole = byRole(instances, before);
    this.#byId = new Map([...this.#byRole.values()].flat().map((instance) => [instance.id, instance]));
    this.#filled = true;
    const calls: (() => void)[] = [];
    for (const [role, listeners] of this.#listeners) {
      const now = this.list(role);
      if (!first && now === (before.get(role) ?? NO_INSTANCES)) continue;
      for (const listener of listeners)
        calls.push(() => (listeners.has(listener) ? this.#notify(listener, now) : undefined));
    }
    // Called last, because a listener may add or remove listeners.
    for (const call of calls) call();
  }

  /** Removes all listeners; the list stays readable. */
  close(): void {
    this.#listeners.clear();
  }

  #notify(listener: InstanceListener, instances: readonly Instance[]): void {
    try {
      listener(instances);
    } catch (error) {
      this.#onError(error);
    }
  }
}

/** Groups by role and sorts by id. A role in which nothing changed keeps its array. */
function byRole(
  instances: readonly Instance[],
  before: ReadonlyMap<string, readonly Instance[]>,
): Map<string, readonly Instance[]> {
  const groups = new Map<string, Instance[]>();
  for (const instance of instances.toSorted((a, b) => (a.id < b.id ? -1 : 1))) {
    const group = groups.get(instance.role);
    if (group) group.push(Object.freeze(instance));
    else groups.set(instance.role, [Object.freeze(instance)]);
  }
  const result = new Map<string, readonly Instance[]>();
  for (const [role, group] of groups) {
    const old = before.get(role);
    const same =
      old?.length === group.length && old.every((instance, i) => sameInstance(instance, group[i]!));
    result.set(role, same ? old : Object.freeze(group));
  }
  return result;
}
