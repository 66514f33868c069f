import type { Change, Store } from './store.js';

/** Where a flush can be watched, or ended by a crash. */
export interface FlushHooks {
  /** @param changes what is about to be written */
  beforeFlush?(changes: readonly Change[]): void;
  afterFlush?(changes: readonly Change[]): void;
  /** The store failed: nothing can be promised any more, and nothing further is written. */
  onFailure?(error: unknown): void;
}

/**
 * Group commit: one flush is under way, what comes meanwhile is gathered and leaves with the next one. No timer: idle,
 * a change is flushed at once; under load many share one flush.
 */
export class Journal {
  readonly #store: Store;
  readonly #hooks: FlushHooks;
  #gathered: Change[] = [];
  #next: Promise<void> | undefined;
  #last: Promise<void> = Promise.resolve();
  #abandoned = false;

  constructor(store: Store, hooks: FlushHooks = {}) {
    this.#store = store;
    this.#hooks = hooks;
  }

  /** Adds a change, to be flushed with all that were added at the same moment. */
  add(change: Change): void {
    this.#gathered.push(change);
    if (this.#next) return;
    const flight = this.#last.then(() => this.#fly());
    this.#next = flight;
    this.#last = flight;
    // Whoever waits hears of a failure; that nobody waits is no failure of its own.
    flight.catch(() => undefined);
  }

  /** Resolves when everything that was added until now is flushed. Rejects, for good, once the store has failed. */
  flushed(): Promise<void> {
    return this.#last;
  }

  /** Nothing further is written, not even what was added: the end of a crash. */
  abandon(): void {
    this.#abandoned = true;
  }

  async #fly(): Promise<void> {
    if (this.#abandoned) throw new Error('The broker is gone.');
    const changes = this.#gathered;
    this.#gathered = [];
    this.#next = undefined;
    this.#hooks.beforeFlush?.(changes);
    try {
      await this.#store.commit(changes);
    } catch (error) {
      this.#hooks.onFailure?.(error);
      throw error;
    }
    this.#hooks.afterFlush?.(changes);
  }
}
