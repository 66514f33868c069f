import type { CorrectedClock } from '@seckill/clock';
import type { Instance } from './instance.js';

/** Called with all instances of a role, sorted by id. The array never changes afterwards. */
export type InstanceListener = (instances: readonly Instance[]) => void;

/**
 * Which instances run, and where. An address book that can be out of date: the receiver of a call checks that the call
 * is meant for its own instance id.
 *
 * All reads come from a local copy that survives an outage of the store. An instance that dies disappears from it
 * within its TTL and one `refreshMs`; after an outage of the store, missing instances are kept for another three
 * `refreshMs`, so that those that are alive can renew first.
 */
export interface Registry {
  /**
   * Follows the store's clock: corrected by each heartbeat and each read of the list. etcd has no call for the time:
   * with it, this is the clock of this machine unless the application corrects it.
   */
  readonly clock: CorrectedClock;

  /** Whether the store answered when it was last asked. False before its first answer. */
  readonly reachable: boolean;

  /**
   * Registers an instance as ready, and keeps it registered until the lease is released or the registry is closed.
   * Retries while the store is down; its timers do not keep the process alive meanwhile.
   * @throws RegistryClosedError when the registry is closed first
   * @throws InstanceIdTakenError when the id is in use, on Postgres also when it was in use recently: one lease per id
   * @throws RangeError when the instance or the TTL is invalid
   * @throws the signal's reason when it is aborted first
   */
  register(instance: Omit<Instance, 'state'>, options?: RegisterOptions): Promise<Lease>;

  /**
   * The known instances of a role, ready and draining, sorted by id. Returns the same array until something changes, so
   * that it can serve as the key of a cache.
   */
  list(role: string): readonly Instance[];

  /**
   * Calls the listener with the instances of a role: immediately if the list has been read, then after each change, in
   * order. Several changes may come as one call.
   * @returns a function that removes the listener
   */
  watch(role: string, listener: InstanceListener): () => void;

  /**
   * One instance by its id, of any role. If the copy lacks it, the store is asked, once for all lookups of the same
   * moment; an unknown id is remembered for a second.
   * @returns undefined when the store does not know it
   * @throws StoreUnreachableError when the copy lacks it and the store does not answer
   * @throws TooManyLookupsError when too many lookups of unknown ids are in progress
   * @throws RegistryClosedError when the copy lacks it and the registry is closed
   */
  lookup(id: string): Promise<Instance | undefined>;

  /** Releases all leases, then closes the store. Takes a few seconds at most, and never rejects. */
  close(): Promise<void>;
}

/** Settings of one registration. */
export interface RegisterOptions {
  /**
   * The instance expires this long after its last heartbeat, in ms; there are three heartbeats in this time. At least
   * 100. etcd rounds it up to whole seconds and to its own minimum (2 s by default).
   * @default 6000
   */
  ttlMs?: number;
  /** Cancels the registration. Has no effect once it is registered. */
  signal?: AbortSignal;
}

/**
 * Keeps one instance registered by heartbeats. A lease that expires while the process is paused or the store is down is
 * taken again by the next heartbeat, in the same state.
 */
export interface Lease {
  /** The instance as others see it. */
  readonly instance: Instance;
  /** Whether others see the instance: the store confirmed it less than a TTL ago. */
  readonly held: boolean;
  /**
   * Announces that the instance must get nothing new. Resolves when the write has succeeded or failed; after a failure
   * the next heartbeat repeats it.
   */
  drain(): Promise<void>;
  /**
   * Leaves the registry for good. Resolves when the write has succeeded or failed; after a failure the entry expires.
   */
  release(): Promise<void>;
}

/** Settings of one handle on a registry. */
export interface RegistryOptions {
  /** The clock that is corrected, and whose timers are used. @default a new one */
  clock?: CorrectedClock;
  /** Pause between two reads of the list, in ms; a notified change is read at once. @default 2000 */
  refreshMs?: number;
  /** Timeout of one step (connecting, a statement), in ms. @default 2000 */
  timeoutMs?: number;
  /** Name of the connections in the store's own tools. @default 'registry' */
  applicationName?: string;
  /**
   * Called when the store stops answering or fails for a new reason, when another process has the same id, and when a
   * listener throws. @default errors are ignored
   */
  onError?: (error: unknown) => void;
}
