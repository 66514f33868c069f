import { setTimeout as sleep } from 'node:timers/promises';
import { isRunning, type ProcessIdentity } from './process-identity.js';

/** Short enough to feel immediate, long enough to cost little CPU. */
const pollMs = 20;

/** Sends a signal to this process, and not to another one with the same process id. Returns false when it has ended. */
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

/** Resolves with true once the process has ended, or with false after `ms` milliseconds. */
export async function waitForExit(identity: ProcessIdentity, ms: number): Promise<boolean> {
  const deadline = performance.now() + ms;
  while (isRunning(identity)) {
    if (performance.now() > deadline) return false;
    await sleep(pollMs);
  }
  return true;
}

/**
 * Ends a process and waits until it has ended: the `first` signal, then SIGKILL after `graceMs`.
 *
 * @returns `absent` when it had ended before, `ended` when the first signal was enough, `killed` otherwise
 */
export async function endProcess(
  identity: ProcessIdentity,
  graceMs: number,
  first: NodeJS.Signals = 'SIGTERM',
): Promise<'absent' | 'ended' | 'killed'> {
  if (!signal(identity, first)) return 'absent';
  if (await waitForExit(identity, graceMs)) return 'ended';
  signal(identity, 'SIGKILL');
  // Bounded, because a process in an uninterruptible disk wait may not end.
  await waitForExit(identity, 5_000);
  return 'killed';
}
