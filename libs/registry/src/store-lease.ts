import type { CorrectedClock, Timer } from '@seckill/clock';
import { backoff } from './backoff.js';
import { InstanceIdTakenError, RegistryClosedError } from './errors.js';
import type { Instance, InstanceState } from './instance.js';
import type { Lease } from './registry.js';
import type { Store } from './store.js';

/** What a lease needs of its registry. */
export interface LeaseContext {
  readonly put: Store['put'];
  readonly clock: CorrectedClock;
  readonly onError: (error: unknown) => void;
  /** Called once, when the lease will write no more. */
  readonly ended: (lease: StoreLease) => void;
}

/**
 * A lease kept in a store. Its writes follow one another, each takes the state of the moment in which it starts, and
 * each carries a revision: so neither a heartbeat under way nor one that the store executes after its answer was given
 * up can undo a drain or a release.
 */
export class StoreLease implements Lease {
  /** Resolves with the first confirmed write; rejects when the lease is released before, or the id is taken. */
  readonly taken: Promise<void>;
  readonly #instance: Omit<Instance, 'state'>;
  readonly #ttlMs: number;
  readonly #context: LeaseContext;
  #settleTaken!: { resolve: () => void; reject: (reason: unknown) => void };
  #state: InstanceState = 'ready';
  #revision = 0;
  #failures = 0;
  #idTaken = false;
  /** When (monotonic) the last confirmed write set out. */
  #confirmedAt = -Infinity;
  #lastWrite: Promise<void> = Promise.resolve();
  #releasing: Promise<void> | undefined;
  #heartbeat: Timer | undefined;

  /** Starts taking the lease at once, and again until it succeeds. */
  constructor(instance: Omit<Instance, 'state'>, ttlMs: number, context: LeaseContext) {
    const { id, role, address, startedAt } = instance;
    this.#instance = { id, role, address, startedAt };
    this.#ttlMs = ttlMs;
    this.#context = context;
    this.taken = new Promise((resolve, reject) => (this.#settleTaken = { resolve, reject }));
    void this.#write();
  }

  get instance(): Instance {
    return { ...this.#instance, state: this.#state };
  }

  get held(): boolean {
    return !this.#releasing && !this.#idTaken && this.#context.clock.mark() - this.#confirmedAt < this.#ttlMs;
  }

  async drain(): Promise<void> {
    if (this.#releasing) return this.#releasing;
    this.#state = 'draining';
    await this.#write();
  }

  release(): Promise<void> {
    return this.end(new RegistryClosedError());
  }

  /** Releases; whoever still waits for the lease to be taken is given the reason. */
  end(reason: unknown): Promise<void> {
    if (this.#releasing) return this.#releasing;
    this.#heartbeat?.clear();
    this.#releasing = this.#write().then(() => this.#context.ended(this));
    this.#settleTaken.reject(reason);
    return this.#releasing;
  }

  /** Tells the store how things stand when the writes before have ended. Never rejects: the next heartbeat repeats it. */
  #write(): Promise<void> {
    this.#lastWrite = this.#lastWrite.then(() => this.#writeNow());
    return this.#lastWrite;
  }

  async #writeNow(): Promise<void> {
    const state = this.#releasing ? 'released' : this.#state;
    const mark = this.#context.clock.mark();
    const revision = ++this.#revision;
    try {
      if (!(await this.#context.put({ ...this.#instance, state, revision, ttlMs: this.#ttlMs })))
        this.#giveUp();
      this.#failures = 0;
      this.#confirmedAt = mark;
      this.#settleTaken.resolve();
    } catch {
      this.#failures++;
    }
    this.#planHeartbeat(mark);
  }

  #giveUp(): void {
    if (this.#releasing) return;
    this.#idTaken = true;
    const error = new InstanceIdTakenError(this.#instance.id);
    this.#settleTaken.reject(error);
    this.#context.ended(this);
    this.#context.onError(error);
  }

  #planHeartbeat(lastMark: number): void {
    this.#heartbeat?.clear();
    if (this.#releasing || this.#idTaken) return;
    const interval = this.#ttlMs / 3;
    const { clock } = this.#context;
    const wait =
      this.#failures > 0
        ? backoff(this.#failures, Math.min(interval, 1_000))
        : Math.max(1, lastMark + interval - clock.mark());
    this.#heartbeat = clock.setTimeout(() => void this.#write(), wait);
  }
}
