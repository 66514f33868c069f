/** What becomes of a message that a cursor comes to: it fits, the filter drops it, or it is no longer kept. */
export type Look = 'deliver' | 'skip';

/** What a consumer asks a queue for. */
export interface Wanted {
  readonly most: number;
  /** ms since the epoch. */
  readonly now: number;
  /** For how long it stays invisible to others, ms. */
  readonly invisibleMs: number;
  /** The client whose leases are renewed while it lives. */
  readonly owner?: string;
  /** Names one receive, so that its repetition is recognised. Only FIFO groups look at it. */
  readonly attemptId?: string;
  look(offset: number): Look;
}

/** A message that was handed out. */
export interface Taken {
  readonly offset: number;
  readonly attempt: number;
  readonly leaseId: string;
}

/** How far one consumer group is in one queue, and what it holds. */
export interface Cursor {
  /** Everything below it is settled. */
  readonly committed: number;
  /** Messages that were delivered and are not settled yet. */
  readonly inFlight: number;
  /** Messages that are not settled, whether delivered or not. */
  readonly lag: number;
  take(wanted: Wanted): Taken[];
  /** Settles a message. @returns false when the lease is not the one that counts now */
  ack(offset: number, leaseId: string, now: number): boolean;
  /** Makes it visible again at `now + ms`. @returns the id of the new lease; undefined when the old one does not count */
  changeInvisible(offset: number, leaseId: string, ms: number, now: number): string | undefined;
  /** When something that is held now becomes visible again, ms since the epoch. */
  nextDue(): number | undefined;
  /** Lets others have what this client holds at `at`: it said good-bye. */
  release(owner: string, at: number): void;
}

/** What cursors of one broker share. */
export interface CursorContext {
  /** A name that no lease has had, across restarts. */
  newLeaseId(): string;
  /** Whether a client is there, so that what it holds is renewed. */
  isAlive(owner: string): boolean;
  /** For how long the leases of a living owner are renewed, ms. */
  readonly renewMs: number;
}
