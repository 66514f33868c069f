import { createHmac, randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { CannotStartError } from '../errors.js';

/** What a data directory of embedded Postgres holds. */
export interface ClusterFiles {
  readonly dataDir: string;
  /** Postgres's own directory; exists only whole. */
  readonly cluster: string;
  /** The cluster while it is being initialised. */
  readonly incoming: string;
  /** The superuser's password, readable by the owner only. */
  readonly password: string;
  /** Which process started Postgres. */
  readonly owner: string;
  readonly lock: string;
}

/** Names the files and makes sure that the directory is there. */
export function clusterFiles(directory: string): ClusterFiles {
  const dataDir = resolve(directory);
  try {
    mkdirSync(dataDir, { recursive: true });
  } catch (cause) {
    throw new CannotStartError(
      `${dataDir} cannot be created: ${(cause as Error).message}.`,
      'Choose another data directory or mend its permissions.',
      { cause },
    );
  }
  return {
    dataDir,
    cluster: join(dataDir, 'cluster'),
    incoming: join(dataDir, 'cluster.incoming'),
    password: join(dataDir, 'password'),
    owner: join(dataDir, 'owner.pid'),
    lock: join(dataDir, 'start.lock'),
  };
}

/** Reads the superuser's password, made up at the first call. */
export function superuserPassword(file: string): string {
  try {
    writeFileSync(file, randomBytes(24).toString('base64url'), { mode: 0o600, flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    chmodSync(file, 0o600);
  }
  return readFileSync(file, 'utf8');
}

/** A role's password: derived, so that there is one secret to keep and none can be had from another. */
export function rolePassword(superuser: string, role: string): string {
  return createHmac('sha256', superuser).update(`role ${role}`).digest('base64url');
}
