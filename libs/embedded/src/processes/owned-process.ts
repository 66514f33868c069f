import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';

/** How to run a child process. */
export interface OwnedProcessOptions {
  /** For messages. */
  readonly name: string;
  readonly program: string;
  readonly args?: readonly string[];
  /** Its environment, in addition to PATH and HOME of this process. */
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  /**
   * Runs it in a process group of its own, so that Ctrl-C in the terminal does not reach it, with a pipe to its standard
   * input, which closes when this process ends in whatever way. Otherwise it is killed when this process exits.
   * @default false
   */
  readonly detached?: boolean;
  /** Receives each line of its output. */
  readonly onLine?: (line: string) => void;
}

const LINES_KEPT = 2_000;

/** A child process with its output, from its start to its end. */
export class OwnedProcess {
  readonly name: string;
  /**
   * Resolves once it has ended and its output is complete: `ended with code 1`, `ended with SIGKILL`, or
   * `could not be run: …`.
   */
  readonly exited: Promise<string>;
  readonly #child: ChildProcess;
  readonly #lines: string[] = [];
  #ended = false;

  /** Starts it. */
  constructor({ name, program, args = [], env, cwd, detached = false, onLine }: OwnedProcessOptions) {
    this.name = name;
    const { PATH, HOME } = process.env;
    const child = spawn(program, args, {
      env: { PATH, HOME, ...env },
      cwd,
      detached,
      stdio: [detached ? 'pipe' : 'ignore', 'pipe', 'pipe'],
    });
    this.#child = child;
    child.stdin?.on('error', () => undefined);
    const note = (line: string) => {
      this.#lines.push(line);
      if (this.#lines.length > LINES_KEPT) this.#lines.shift();
      onLine?.(line);
    };
    for (const stream of [child.stdout!, child.stderr!]) createInterface({ input: stream }).on('line', note);
    const endWithThis = () => child.kill('SIGKILL');
    if (!detached) process.once('exit', endWithThis);
    this.exited = new Promise((resolve) => {
      const end = () => {
        this.#ended = true;
        process.off('exit', endWithThis);
      };
      child.once('exit', end);
      child.once('close', (code, signal) => resolve(`ended with ${signal ?? `code ${code}`}`));
      child.once('error', (error) => {
        end();
        resolve(`could not be run: ${error.message}`);
      });
    });
  }

  /** While it runs. */
  get pid(): number | undefined {
    return this.#ended ? undefined : this.#child.pid;
  }

  /** The last lines of its output. */
  get log(): string {
    return this.#lines.join('\n');
  }

  /** Waits until `probe` returns true. @throws Error with its log when it ends before, or after `ms` */
  async ready(probe: () => Promise<boolean> | boolean, ms = 60_000): Promise<void> {
    for (const deadline = performance.now() + ms; !this.#ended && performance.now() < deadline;) {
      if (await Promise.resolve(probe()).catch(() => false)) return;
      await sleep(100);
    }
    const how = this.#ended ? await this.exited : `is not ready after ${ms / 1_000} s`;
    throw new Error(`${this.name} ${how}:\n${this.log}`);
  }

  /** Sends a signal, if it still runs. */
  signal(signal: NodeJS.Signals): void {
    if (!this.#ended) this.#child.kill(signal);
  }

  /** Asks it to end, and kills it after `graceMs`. @returns how it ended */
  async stop(graceMs = 10_000): Promise<string> {
    this.signal('SIGTERM');
    // A paused process handles SIGTERM only after SIGCONT.
    this.signal('SIGCONT');
    const timer = setTimeout(() => this.signal('SIGKILL'), graceMs);
    const how = await this.exited;
    clearTimeout(timer);
    return how;
  }

  /** Ends it as a crash would. @returns how it ended */
  kill(): Promise<string> {
    this.signal('SIGKILL');
    return this.exited;
  }
}
