import type { Log } from '@seckill/log';

/** Events by name, each with the type of its listeners. */
export type Events = Record<string, (facts: never) => void>;

/** Listeners by event. When a listener throws, that is logged, and the others are still called. */
export class Listeners<E extends Events> {
  readonly #name: string;
  readonly #log: Log;
  readonly #listeners: Map<keyof E, E[keyof E][]>;

  /** @param name of the object that emits the events, for error messages */
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
      throw new Error(`${this.#name} has no event ${String(event)}; its events are ${known} and status`);
    }
    listeners.push(listener);
  }

  emit<K extends keyof E>(event: K, facts: Parameters<E[K]>[0]): void {
    for (const listener of this.#listeners.get(event) ?? []) {
      try {
        listener(facts);
      } catch (error) {
        this.#log.error(`listener for event ${String(event)} of ${this.#name} threw: ${String(error)}`);
      }
    }
  }
}
