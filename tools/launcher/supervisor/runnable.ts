/** Something that can be started, and started again when it ends by itself. */
export interface Runnable {
  readonly name: string;
  /** Starts it. Rejects when it cannot be started at all. */
  launch(): Promise<Running>;
}

/** One life of a {@link Runnable}. */
export interface Running {
  readonly pid: number;
  /** Resolves once it has ended, with how, in words. */
  readonly exited: Promise<string>;
  /** Asks it to end, and makes it end after `graceMs` milliseconds. Resolves once it is gone. */
  stop(graceMs: number): Promise<void>;
  /** Ends it at once. */
  kill(): Promise<void>;
}
