/** What is known of an event besides its words, for a log that keeps fields apart. */
export type LogFields = Record<string, unknown>;

/** Where a library tells what is noteworthy. Nest's Logger fits. */
export interface Log {
  log(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}

/**
 * The client's own logger writes files under the home directory and a line for every failed call. What is worth
 * knowing is told by the wrappers around it, once per change.
 */
export const silentClientLogger = { info() {}, warn() {}, error() {}, debug() {} };
