import { readFileSync, readlinkSync, realpathSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { commandLine, identify, type ProcessIdentity } from '../processes/process-identity.js';

/**
 * The Postgres that runs over this directory, whoever started it. A pid file whose number has gone to a stranger (after
 * a crash or a power cut) says nothing.
 */
export function findPostmaster(cluster: string): ProcessIdentity | undefined {
  const pid = recordedPid(cluster);
  if (pid === undefined) return undefined;
  const identity = identify(pid);
  return identity && servesCluster(pid, cluster) ? identity : undefined;
}

/**
 * Whether the Postgres that has just been started accepts connections: it says so in the last line of its pid file
 * (Postgres `miscadmin.h`, LOCK_FILE_LINE_PM_STATUS).
 */
export function isReady(cluster: string, { pid }: ProcessIdentity): boolean {
  return recordedPid(cluster) === pid && pidFileLines(cluster)[7]?.trim() === 'ready';
}

/** Removes the pid file of a Postgres that is certainly gone: with a stranger's number in it no other one starts. */
export function removeStalePidFile(cluster: string): void {
  if (!findPostmaster(cluster)) rmSync(join(cluster, 'postmaster.pid'), { force: true });
}

function recordedPid(cluster: string): number | undefined {
  const pid = Number(pidFileLines(cluster)[0]);
  return Number.isInteger(pid) && pid > 0 ? pid : undefined;
}

function pidFileLines(cluster: string): string[] {
  try {
    return readFileSync(join(cluster, 'postmaster.pid'), 'utf8').split('\n');
  } catch {
    return [];
  }
}

/** Postgres works from inside its directory; where that cannot be seen, its arguments name it. */
function servesCluster(pid: number, cluster: string): boolean {
  if (process.platform === 'linux') {
    try {
      return readlinkSync(`/proc/${pid}/cwd`) === realpathSync(cluster);
    } catch {
      // Somebody else's process, so not one that could use these files.
      return false;
    }
  }
  const line = commandLine(pid) ?? '';
  return basename(line.split(' ')[0] ?? '').startsWith('postgres') && line.includes(cluster);
}
