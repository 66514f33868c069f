import { setTimeout as sleep } from 'node:timers/promises';
import { isRunning, type ProcessIdentity } from './process-identity.js';

/** Polls often enough to feel immediate, seldom enough to cost nothing. */
const pollMs = 20;

/** Sends a signal to that very process; false when it is gone already. */
export function signal(identity: ProcessIdentity, name: NodeJS.Signals): boolean {
  if (!isRunning(identity)) return false;
  try {
    process.kill(identity.pid, name);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
    throw error;
  }
}

/** Resolves with true once that very process is gone, or with false after `ms` milliseconds. */
export async function waitForExit(identity: ProcessIdentity, ms: number): Promise<boolean> {
  const deadline = performance.now() + ms;
  while (isRunning(identity)) {
    if (performance.now() > deadline) return false;
    await sleep(pollMs);
  }
  return true;
}

/**
 * Ends a process and waits until it is really gone: `first` signal, `graceMs` of patience, then SIGKILL.
 *
 * @returns how it went: `absent` when it was gone before, `ended` by the first signal, `killed` otherwise
 */
export async function endProcess(
  identity: ProcessIdentity,
  graceMs: number,
  first: NodeJS.Signals = 'SIGTERM',
): Promise<'absent' | 'ended' | 'killed'> {
  if (!signal(identity, first)) return 'absent';
  if (await waitForExit(identity, graceMs)) return 'ended';
  signal(identity, 'SIGKILL');
  // A process in an uninterruptible wait on its disk cannot be waited for without a bound.
  await waitForExit(identity, 5_000);
  return 'killed';
}
