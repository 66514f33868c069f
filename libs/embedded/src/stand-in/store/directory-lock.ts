import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CannotStartError } from '../../errors.js';
import { exclusively } from '../../processes/exclusive.js';
import { identify, isRunning, type ProcessIdentity } from '../../processes/process-identity.js';

const fileName = 'stand-in.json';

/** Who uses a data directory, and where it listens. */
export interface Tenant {
  readonly process: ProcessIdentity;
  readonly port: number;
  readonly adminPort: number;
}

/** Keeps two brokers from using one directory. The lock of a process that died is taken over. */
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
      const tenant = readTenant(directory);
      if (tenant)
        throw new CannotStartError(
          `${directory} is in use by the process ${tenant.process.pid}.`,
          'End it, or choose another data directory.',
        );
      lock.write({ port: 0, adminPort: 0 });
    });
    return lock;
  }

  /** Says where it listens. */
  write(ports: Omit<Tenant, 'process'>): void {
    writeFileSync(this.#file, JSON.stringify({ process: identify(process.pid), ...ports }));
  }

  release(): void {
    rmSync(this.#file, { force: true });
  }
}

/** Who uses a directory now; undefined when nobody does. */
export function readTenant(directory: string): Tenant | undefined {
  try {
    const tenant = JSON.parse(readFileSync(join(directory, fileName), 'utf8')) as Tenant;
    return isRunning(tenant.process) ? tenant : undefined;
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
