import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { identify, isRunning, processIdentity, type ProcessIdentity } from './process-identity.js';

/** How to start a process that outlives the one that started it. */
export interface BackgroundCommand {
  readonly program: string;
  readonly args: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  /** Receives what it prints; appended to. */
  readonly logFile: string;
  /** Runs it as another user; only root may. */
  readonly uid?: number;
  readonly gid?: number;
}

/** A process that was started in the background. */
export interface BackgroundProcess {
  readonly identity: ProcessIdentity;
  /** Resolves once it has ended. Does not keep this process alive. */
  readonly exited: Promise<void>;
}

/**
 * Starts a process in a session of its own: neither Ctrl-C in the terminal nor the end of this process reaches it.
 *
 * @throws Error when the program cannot be run at all
 */
export async function startInBackground(command: BackgroundCommand): Promise<BackgroundProcess> {
  mkdirSync(dirname(command.logFile), { recursive: true });
  const log = openSync(command.logFile, 'a');
  try {
    const child = spawn(command.program, command.args, {
      detached: true,
      stdio: ['ignore', log, log],
      env: command.env,
      cwd: command.cwd,
      uid: command.uid,
      gid: command.gid,
    });
    const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    const pid = await new Promise<number>((resolve, reject) => {
      child.once('error', reject);
      child.once('spawn', () => resolve(child.pid!));
    });
    child.unref();
    // Gone already: an identity that nothing has any more says so to whoever waits for it.
    return { identity: identify(pid) ?? { pid, startedAt: 'gone' }, exited };
  } finally {
    closeSync(log);
  }
}

/** Waits until `ready` says yes; false when the process ended before, or after `ms` milliseconds. */
export async function waitUntilReady(
  identity: ProcessIdentity,
  ready: () => Promise<boolean>,
  ms: number,
): Promise<boolean> {
  const deadline = performance.now() + ms;
  while (isRunning(identity) && performance.now() < deadline) {
    if (await ready()) return true;
    await sleep(100);
  }
  return false;
}

/** The last lines of a log, for a message that says why something ended. */
export function tail(file: string, lines = 5): string {
  try {
    return readFileSync(file, 'utf8').trimEnd().split('\n').slice(-lines).join('\n');
  } catch {
    return '';
  }
}

/** Remembers in a file which process does a job, across the life of whoever started it. */
export class PidFile {
  constructor(private readonly file: string) {}

  /** In `directory`, named after the job. */
  static in(directory: string, job: string): PidFile {
    return new PidFile(join(directory, `${job}.pid`));
  }

  /** The process, if that very one still runs. */
  read(): ProcessIdentity | undefined {
    try {
      const identity = processIdentity.parse(JSON.parse(readFileSync(this.file, 'utf8')));
      return isRunning(identity) ? identity : undefined;
    } catch {
      return undefined;
    }
  }

  write(identity: ProcessIdentity): void {
    mkdirSync(dirname(this.file), { recursive: true });
    writeFileSync(this.file, JSON.stringify(identity));
  }

  remove(): void {
    rmSync(this.file, { force: true });
  }
}
