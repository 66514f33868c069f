/**
 * The client's own logger writes files to the home directory, a line for every failed call. The wrappers log what is
 * worth knowing, once per change.
 */
export const silentClientLogger = { info() {}, warn() {}, error() {}, debug() {} };
