import type { CorrectedClock } from '@seckill/clock';
import type { Instance, InstanceState } from './instance.js';

/** `released`: a mark that outlives the lease for a while, so that a write that was overtaken cannot bring it back. */
export type StoredState = InstanceState | 'released';

/** What a lease writes. */
export interface Entry extends Omit<Instance, 'state'> {
  readonly state: StoredState;
  /** Grows with each write of one lease. */
  readonly revision: number;
  /** The entry expires so many ms of the store's clock after it was written. */
  readonly ttlMs: number;
}

/** What the store held at one moment of its own clock. */
export interface Snapshot {
  /** Neither expired nor released. */
  readonly instances: readonly Instance[];
  /** Ids known to have left on purpose; may be incomplete. */
  readonly released: readonly string[];
}

/**
 * Port to where the registry is kept; one per handle. Each call takes a bounded time and rejects with
 * StoreUnreachableError when the store does not answer.
 */
export interface Store {
  /**
   * Writes an entry unless a later revision of it stands, and notifies the others if it tells them anything new.
   * @returns false when a later revision stands
   */
  put(entry: Entry): Promise<boolean>;
  /** One instance that has neither expired nor been released. */
  find(id: string): Promise<Instance | undefined>;
  /** All of them. From then on, and before anything was missed, changes are told until `lost` is. */
  read(): Promise<Snapshot>;
  /** Lets go; what is under way may fail. Bounded, never rejects. */
  close(): Promise<void>;
}

/** What a store tells its handle. */
export interface StoreEvents {
  /** To be corrected by whatever answer brings the store's time. */
  readonly clock: CorrectedClock;
  /** Something changed: read again. */
  changed(): void;
  /** Changes are no longer told: read again soon. */
  lost(): void;
}

/** Makes a handle's side of a store. Does not wait for the store, which may be down. */
export type ConnectStore = (events: StoreEvents) => Store;
