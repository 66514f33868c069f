import type { CorrectedClock, Timer } from '@seckill/clock';
import { backoff } from './backoff.js';
import { InstanceIdTakenError, RegistryClosedError } from './errors.js';
import type { Instance, InstanceState } from './instance.js';
import type { Lease } from './registry.js';
import type { Store } from './store.js';

/** What a lease needs from its registry. */
export interface LeaseContext {
  readonly put: Store['put'];
  readonly clock: CorrectedClock;
  readonly onError: (error: unknown) => void;
  /** Called once, when the lease writes no more. */
  readonly onEnd: (lease: StoreLease) => void;
}

/**
 * A lease in a store. It goes through these states:
 *
 * - Being taken: no write has been confirmed yet. Writes are retried with growing pauses. `taken` is pending.
 * - Held: a write was confirmed less than a TTL ago. A heartbeat every third of the TTL writes `ready`, or `draining`
 *   after `drain()`.
 * - Expired: no write was confirmed for a TTL, because the store or this process did not respond. Heartbeats continue,
 *   and the first confirmed one makes it held again.
 * - Lost, final: another process has the same id. Heartbeats stop.
 * - Released, final: `released` is the last write, sent once. If it fails, the store expires the entry.
 *
 * A late heartbeat must not undo a drain or a release. Therefore writes run one after the other, each takes the state
 * at the moment it starts, and each carries a growing revision: the store ignores a write with a lower revision than
 * the stored one, also when it executes the write long after its timeout.
 */
export class StoreLease implements Lease {
  /** Resolves with the first confirmed write; rejects when the lease is released before that, or the id is taken. */
  readonly taken: Promise<void>;
  readonly #instance: Omit<Instance, 'state'>;
  readonly #ttlMs: number;
  readonly #context: LeaseContext;
  #settleTaken!: { resolve: () => void; reject: (reason: unknown) => void };
  #state: InstanceState = 'ready';
  #revision = 0;
  #failures = 0;
  #idTaken = false;
  /** When the last confirmed write was started, by the monotonic clock. */
  #confirmedAt = -Infinity;
  #lastWrite: Promise<void> = Promise.resolve();
  #releasing: Promise<void> | undefined;
  #heartbeat: Timer | undefined;

  /** Starts taking the lease at once, with retries. */
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

  /** Releases the lease; if it is still being taken, `taken` rejects with the reason. */
  end(reason: unknown): Promise<void> {
    if (this.#releasing) return this.#releasing;
    this.#heartbeat?.clear();
    this.#releasing = this.#write().then(() => this.#context.onEnd(this));
    this.#settleTaken.reject(reason);
    return this.#releasing;
  }

  /** Writes the current state after the writes before it. Never rejects: the next heartbeat repeats a failed write. */
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
        this.#lose();
      this.#failures = 0;
      this.#confirmedAt = mark;
      this.#settleTaken.resolve();
    } catch {
      this.#failures++;
    }
    this.#planHeartbeat(mark);
  }

  #lose(): void {
    if (this.#releasing) return;
    this.#idTaken = true;
    const error = new InstanceIdTakenError(this.#instance.id);
    this.#settleTaken.reject(error);
    this.#context.onEnd(this);
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
