import type { CorrectedClock } from '@seckill/clock';
import type { Instance, InstanceState } from './instance.js';

/**
 * `released`: a tombstone that is kept for a while after the lease, so that a late write cannot bring the entry back.
 */
export type StoredState = InstanceState | 'released';

/** One write of a lease. */
export interface Entry extends Omit<Instance, 'state'> {
  readonly state: StoredState;
  /** Grows with each write of one lease. */
  readonly revision: number;
  /** The entry expires this many ms after it was written, by the store's clock. */
  readonly ttlMs: number;
}

/** The content of the store at one moment of its own clock. */
export interface Snapshot {
  /** Neither expired nor released. */
  readonly instances: readonly Instance[];
  /** Ids that are known to have been released; may be incomplete. */
  readonly released: readonly string[];
}

/**
 * Port to the storage of a registry; one per handle. Each call is bounded in time and rejects with
 * StoreUnreachableError when the store does not answer.
 */
export interface Store {
  /**
   * Writes an entry unless a later revision is stored, and notifies other handles if the entry changes.
   * @returns false when a later revision is stored
   */
  put(entry: Entry): Promise<boolean>;
  /** One instance that has neither expired nor been released. */
  find(id: string): Promise<Instance | undefined>;
  /** All instances. Every later change calls `changed`, without a gap, until `lost` is called. */
  read(): Promise<Snapshot>;
  /** Disconnects; calls in progress may fail. Bounded, never rejects. */
  close(): Promise<void>;
}

/** The notifications of a store. */
export interface ChangeEvents {
  /** Something changed: read again. */
  changed(): void;
  /** Changes are no longer reported: read again soon. */
  lost(): void;
}

/** The notifications of a store, and the clock that its answers correct. */
export interface StoreEvents extends ChangeEvents {
  /** Corrected by each answer that has the store's time. */
  readonly clock: CorrectedClock;
}

/** Connects a handle to a store. Does not wait for the store, which may be down. */
export type ConnectStore = (events: StoreEvents) => Store;
