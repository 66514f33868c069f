/** Where a library tells what is noteworthy. Nest's Logger fits. */
export interface Log {
  log(message: string): void;
  warn(message: string): void;
  error(message: string): void;
}

/**
 * The client's own logger writes files under the home directory and a line for every failed call. What is worth
 * knowing is told by the wrappers around it, once per change.
 */
export const silentClientLogger = { info() {}, warn() {}, error() {}, debug() {} };
