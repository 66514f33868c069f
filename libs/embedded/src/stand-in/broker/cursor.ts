/** Whether a message is delivered, or skipped because the filter does not match or it is no longer stored. */
export type Look = 'deliver' | 'skip';

/** A request for messages of one queue. */
export interface Wanted {
  readonly maxMessages: number;
  /** ms since the epoch. */
  readonly now: number;
  /** Invisible time of the messages, ms. */
  readonly invisibleMs: number;
  /** The client whose leases are renewed while it is connected. */
  readonly owner?: string;
  /** Identifies one receive, so that a repetition is recognised. Only FIFO groups use it. */
  readonly attemptId?: string;
  look(offset: number): Look;
}

/** A delivered message. */
export interface Taken {
  readonly offset: number;
  readonly attempt: number;
  readonly leaseId: string;
}

/** The position of one consumer group in one queue, and its leases. */
export interface Cursor {
  /** All messages below this offset are settled. */
  readonly committed: number;
  /** Messages that were delivered and are not settled yet. */
  readonly inFlight: number;
  /** Messages that are not settled, delivered or not. */
  readonly lag: number;
  take(wanted: Wanted): Taken[];
  /** Settles a message. @returns false when the lease is not valid */
  ack(offset: number, leaseId: string, now: number): boolean;
  /** Makes it visible again at `now + ms`. @returns the id of the new lease; undefined when the old one is not valid */
  changeInvisible(offset: number, leaseId: string, ms: number, now: number): string | undefined;
  /** When the next held message becomes visible again, ms since the epoch. */
  nextDue(): number | undefined;
  /** Makes the messages of a client that has disconnected visible at `at`. */
  release(owner: string, at: number): void;
}

/** What the cursors of one broker share. */
export interface CursorContext {
  /** An id that no lease has had before, also across restarts. */
  newLeaseId(): string;
  /** Whether a client is connected, so that its leases are renewed. */
  isAlive(owner: string): boolean;
  /** Duration of such a renewal, ms. */
  readonly renewMs: number;
}
