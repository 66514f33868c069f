import type { Log } from '@seckill/log';

/** Events by name, each with what its listeners are told. */
export type Events = Record<string, (facts: never) => void>;

/** Who listens to which event. What a listener throws is logged, and keeps nobody else from hearing. */
export class Listeners<E extends Events> {
  readonly #name: string;
  readonly #log: Log;
  readonly #listeners: Map<keyof E, E[keyof E][]>;

  /** @param name whose events they are, for errors */
  constructor(name: string, log: Log, events: readonly (keyof E & string)[]) {
    this.#name = name;
    this.#log = log;
    this.#listeners = new Map(events.map((event) => [event, []]));
  }

  /** @throws Error when there is no such event */
  on<K extends keyof E>(event: K, listener: E[K]): void {
    const listeners = this.#listeners.get(event);
    if (!listeners) {
      const known = [...this.#listeners.keys()].join(', ');
      throw new Error(`${this.#name} has no event ${String(event)}; it has ${known}, and status`);
    }
    listeners.push(listener);
  }

  tell<K extends keyof E>(event: K, facts: Parameters<E[K]>[0]): void {
    for (const listener of this.#listeners.get(event) ?? []) {
      try {
        listener(facts);
      } catch (error) {
        this.#log.error(`a listener to ${String(event)} of ${this.#name} failed: ${String(error)}`);
      }
    }
  }
}
