import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CannotStartError } from '../../errors.js';
import { exclusively } from '../../processes/exclusive.js';
import { identify, isRunning, type ProcessIdentity } from '../../processes/process-identity.js';

const fileName = 'stand-in.json';

/** The process that holds a data directory, and its ports. */
export interface LockHolder {
  readonly process: ProcessIdentity;
  readonly port: number;
  readonly adminPort: number;
}

/** Ensures that only one broker uses a directory. The lock of a process that died is taken over. */
export class DirectoryLock {
  readonly #file: string;

  private constructor(directory: string) {
    this.#file = join(directory, fileName);
  }

  /** @throws CannotStartError when it is in use, or cannot be written */
  static async take(directory: string): Promise<DirectoryLock> {
    makeDirectory(directory);
    const lock = new DirectoryLock(directory);
    await exclusively(join(directory, 'start.lock'), async () => {
      const holder = readLockHolder(directory);
      if (holder)
        throw new CannotStartError(
          `${directory} is in use by the process ${holder.process.pid}.`,
          'End it, or choose another data directory.',
        );
      lock.write({ port: 0, adminPort: 0 });
    });
    return lock;
  }

  /** Records the ports of this process. */
  write(ports: Omit<LockHolder, 'process'>): void {
    writeFileSync(this.#file, JSON.stringify({ process: identify(process.pid), ...ports }));
  }

  release(): void {
    rmSync(this.#file, { force: true });
  }
}

/** The process that holds a directory; undefined when it is free. */
export function readLockHolder(directory: string): LockHolder | undefined {
  try {
    const holder = JSON.parse(readFileSync(join(directory, fileName), 'utf8')) as LockHolder;
    return isRunning(holder.process) ? holder : undefined;
  } catch {
    return undefined;
  }
}

function makeDirectory(directory: string): void {
  try {
    mkdirSync(directory, { recursive: true });
    writeFileSync(join(directory, '.writable'), '');
  } catch (cause) {
    const reason = (cause as Error).message;
    throw new CannotStartError(
      `${directory} cannot be written: ${reason}.`,
      'Choose another data directory.',
      { cause },
    );
  }
}
