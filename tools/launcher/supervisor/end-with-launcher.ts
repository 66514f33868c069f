// Loaded before each program of the system: when the launcher is killed, the pipe to standard input closes, and a
// process without a launcher ends the way it ends on SIGTERM.

import process from 'node:process';

/** Longer than a shutdown in order takes. */
const graceMs = 20_000;

// The reader of the output is gone as well: a line that cannot be written is no reason to crash.
process.stdout.on('error', () => undefined);
process.stderr.on('error', () => undefined);
process.stdin.once('close', () => {
  setTimeout(() => process.exit(1), graceMs).unref();
  process.kill(process.pid, 'SIGTERM');
});
process.stdin.resume();
if ('unref' in process.stdin) process.stdin.unref();
