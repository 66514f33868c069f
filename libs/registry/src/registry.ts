import type { CorrectedClock } from '@seckill/clock';
import type { Instance } from './instance.js';

/** Called with all instances of a role, sorted by id. The array never changes afterwards. */
export type InstanceListener = (instances: readonly Instance[]) => void;

/**
 * Who is where. An address book, not the truth: whoever is called checks that the call is meant for this very start.
 *
 * All reads come from a local copy that survives an outage of the store. An instance that dies vanishes from it
 * within its TTL and one `refreshMs`; after an outage of the store, what is missing is kept for a further three
 * `refreshMs`, so that those who live can say so first.
 */
export interface Registry {
  /**
   * Follows the store's clock: corrected by each heartbeat and each reading of the list. etcd tells nobody the time: with
   * it, this is the machine's own unless somebody else corrects it.
   */
  readonly clock: CorrectedClock;

  /** Whether the store answered when it was last asked. False before its first answer. */
  readonly reachable: boolean;

  /**
   * Makes an instance known as ready, and keeps it known until the lease is released or the registry closed. Keeps
   * trying while the store is down; its timers do not keep the process alive meanwhile.
   * @throws RegistryClosedError when the registry is closed first
   * @throws InstanceIdTakenError when the id is in use (on Postgres also when it has lately been): an id serves one lease
   * @throws RangeError when the instance or the TTL makes no sense
   * @throws the signal's reason when it is aborted first
   */
  register(instance: Omit<Instance, 'state'>, options?: RegisterOptions): Promise<Lease>;

  /**
   * The known instances of a role, ready and draining, sorted by id. The same array is returned until something
   * changes, so what is computed from it can be kept by its identity.
   */
  list(role: string): readonly Instance[];

  /**
   * Calls the listener with the instances of a role: at once when the list has been read already, then after each
   * change, in the order of the changes. Changes close to each other may come as one.
   * @returns a function that stops it
   */
  watch(role: string, listener: InstanceListener): () => void;

  /**
   * One instance by its id, of whatever role. Not in the copy: the store is asked once, however many ask for it at the
   * same time, and an unknown id is remembered for a second.
   * @returns undefined when the store does not know it
   * @throws StoreUnreachableError when the copy does not know it and the store cannot say
   * @throws TooManyLookupsError when too many unknown ids are being asked for
   * @throws RegistryClosedError when the copy does not know it and the registry is closed
   */
  lookup(id: string): Promise<Instance | undefined>;

  /** Releases all leases, then lets go of the store. Takes a few seconds at most, and never rejects. */
  close(): Promise<void>;
}

/** Settings of one registration. */
export interface RegisterOptions {
  /**
   * How long others may take the instance for alive after its last heartbeat, in ms; heartbeats come three times as
   * often. At least 100. etcd rounds it up to whole seconds, and to what it is set to at least (2 s).
   * @default 6000
   */
  ttlMs?: number;
  /** Gives up registering. Does nothing once registered. */
  signal?: AbortSignal;
}

/**
 * The right to be listed, kept up by heartbeats. Lost while the process is paused or the store is down, it is taken
 * again, in the same state, by the next heartbeat.
 */
export interface Lease {
  /** What others are told. */
  readonly instance: Instance;
  /** Whether others can be expected to see the instance: confirmed by the store less than a TTL ago. */
  readonly held: boolean;
  /**
   * Tells others to send nothing new. Resolves when the store knows, or could not be told: then the next heartbeat
   * tells it.
   */
  drain(): Promise<void>;
  /** Leaves the registry for good. Resolves when the store knows, or could not be told: then the TTL does it. */
  release(): Promise<void>;
}

/** Settings of one handle on a registry. */
export interface RegistryOptions {
  /** The clock to correct and to take timers from. @default a new one on the machine's own */
  clock?: CorrectedClock;
  /** Pause between two readings of the list, in ms; notified changes are read at once. @default 2000 */
  refreshMs?: number;
  /** Bound on one step of asking the store (connecting, a statement), in ms. @default 2000 */
  timeoutMs?: number;
  /** How the store's own tools show the connections. @default 'registry' */
  applicationName?: string;
  /**
   * Told when the store stops answering, or fails for another reason than before, when an id is doubled, and when a
   * listener throws. @default nobody is told
   */
  onError?: (error: unknown) => void;
}
