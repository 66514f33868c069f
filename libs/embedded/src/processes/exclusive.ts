import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { randomUUID } from 'node:crypto';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { identify, isRunning, processIdentity } from './process-identity.js';

/**
 * Runs `work` under a lock file, which excludes other users of the file in this and in other processes. The lock of a
 * process that died is taken over.
 */
export async function exclusively<T>(lockFile: string, work: () => Promise<T>): Promise<T> {
  mkdirSync(dirname(lockFile), { recursive: true });
  while (!tryLock(lockFile)) await sleep(50);
  try {
    return await work();
  } finally {
    rmSync(lockFile, { force: true });
  }
}

/**
 * Takes a lock unless a living process has it. The lock of a process that died is removed, for the next attempt.
 * It lasts until the file is removed or this process ends.
 */
export function tryLock(lockFile: string): boolean {
  const own = `${lockFile}.${randomUUID()}`;
  // Linked into place with its content, so that a crash never leaves a lock without a holder.
  writeFileSync(own, JSON.stringify(identify(process.pid)));
  try {
    return linked(own, lockFile);
  } finally {
    rmSync(own, { force: true });
    removeIfStale(lockFile);
  }
}

function removeIfStale(lockFile: string): void {
  if (!holderIsGone(lockFile)) return;
  const aside = `${lockFile}.${randomUUID()}`;
  try {
    renameSync(lockFile, aside);
  } catch {
    return;
  }
  // Another process may have taken the lock between the check and the rename: then it is put back.
  if (!holderIsGone(aside)) linked(aside, lockFile);
  rmSync(aside, { force: true });
}

function linked(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return false;
  }
}

function holderIsGone(lockFile: string): boolean {
  try {
    const holder = processIdentity.safeParse(JSON.parse(readFileSync(lockFile, 'utf8')));
    return holder.success && !isRunning(holder.data);
  } catch {
    return false;
  }
}
