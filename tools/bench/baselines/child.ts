import { spawn, type ChildProcess } from 'node:child_process';

const LINES_KEPT = 200;
const STOP_WITHIN_MS = 10_000;

/** A program of others that runs beside: its output is kept for the case that it fails, and it ends with this one. */
export class Child {
  readonly #process: ChildProcess;
  readonly #lines: string[] = [];
  readonly #exited: Promise<void>;
  #ended = false;

  constructor(
    readonly name: string,
    program: string,
    args: readonly string[],
    env: Readonly<Record<string, string>> = {},
    cwd?: string,
  ) {
    const { PATH = '', HOME = '' } = process.env;
    const child = spawn(program, args, {
      env: { PATH, HOME, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      cwd,
    });
    this.#process = child;
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => this.#note(text));
    const kill = () => child.kill('SIGKILL');
    process.once('exit', kill);
    this.#exited = new Promise((resolve) => {
      const finish = (how: string) => {
        this.#note(how);
        this.#ended = true;
        process.off('exit', kill);
        resolve();
      };
      child.once('error', (error) => finish(`could not be run: ${error.message}`));
      child.once('exit', (code, signal) => finish(`ended with ${signal ?? `code ${code}`}`));
    });
  }

  get pid(): number | undefined {
    return this.#ended ? undefined : this.#process.pid;
  }

  /** The last lines that it printed. */
  get log(): string {
    return this.#lines.join('\n');
  }

  /** Waits until `probe` says yes. @throws Error with its log when it ends before, or after `ms` */
  async ready(probe: () => Promise<boolean> | boolean, ms = 60_000): Promise<void> {
    const deadline = performance.now() + ms;
    while (!this.#ended && performance.now() < deadline) {
      if (await Promise.resolve(probe()).catch(() => false)) return;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    throw new Error(`${this.name} did not become ready:\n${this.log}`);
  }

  async stop(): Promise<void> {
    this.#process.kill('SIGTERM');
    const timer = setTimeout(() => this.#process.kill('SIGKILL'), STOP_WITHIN_MS);
    await this.#exited;
    clearTimeout(timer);
  }

  #note(text: string): void {
    this.#lines.push(...text.trimEnd().split('\n'));
    this.#lines.splice(0, Math.max(0, this.#lines.length - LINES_KEPT));
  }
}
