import type { Change, Store } from './store.js';

/** Callbacks around a flush, which can also simulate a crash. */
export interface FlushHooks {
  /** @param changes the changes that are about to be written */
  beforeFlush?(changes: readonly Change[]): void;
  afterFlush?(changes: readonly Change[]): void;
  /** The store has failed: nothing can be confirmed any more, and nothing more is written. */
  onFailure?(error: unknown): void;
}

/**
 * Group commit: while a flush is in progress, further changes are gathered for the next one. There is no timer: idle, a
 * change is flushed at once; under load many share a flush.
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
    const flush = this.#last.then(() => this.#flush());
    this.#next = flush;
    this.#last = flush;
    // Callers of `flushed()` get a failure; without callers it must not become an unhandled rejection.
    flush.catch(() => undefined);
  }

  /** Resolves when all changes that were added until now are flushed. Always rejects once the store has failed. */
  flushed(): Promise<void> {
    return this.#last;
  }

  /** Simulates a crash: nothing more is written, not even changes that were added before. */
  abandon(): void {
    this.#abandoned = true;
  }

  async #flush(): Promise<void> {
    if (this.#abandoned) throw new Error('The broker has crashed.');
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
