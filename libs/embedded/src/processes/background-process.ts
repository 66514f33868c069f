import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { identify, isRunning, processIdentity, type ProcessIdentity } from './process-identity.js';

/** A command for a process that outlives the one that starts it. */
export interface BackgroundCommand {
  readonly program: string;
  readonly args: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  /** Its output is appended to this file. */
  readonly logFile: string;
  /** Runs it as another user, which only root may do. */
  readonly uid?: number;
  readonly gid?: number;
}

/** A process in the background. */
export interface BackgroundProcess {
  readonly identity: ProcessIdentity;
  /** Resolves once it has ended. Does not keep this process alive. */
  readonly exited: Promise<void>;
}

/**
 * Starts a process in a session of its own: neither Ctrl-C in the terminal nor the end of this process affects it.
 *
 * @throws Error when the program cannot be run
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
    // It may have exited already: this identity then belongs to no running process.
    return { identity: identify(pid) ?? { pid, startedAt: 'gone' }, exited };
  } finally {
    closeSync(log);
  }
}

/** Waits until `ready` returns true. Returns false when the process ends before that, or after `ms` milliseconds. */
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

/** The last lines of a log, for an error message. */
export function tail(file: string, lines = 5): string {
  try {
    return readFileSync(file, 'utf8').trimEnd().split('\n').slice(-lines).join('\n');
  } catch {
    return '';
  }
}

/** A file with the identity of the process that does a job. It outlives the process that wrote it. */
export class PidFile {
  constructor(private readonly file: string) {}

  /** A file in `directory`, named after the job. */
  static in(directory: string, job: string): PidFile {
    return new PidFile(join(directory, `${job}.pid`));
  }

  /** The process, if it is still running. */
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
