import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { nodeFlags } from '@seckill/embedded';
import { HttpClient } from '@tools/load';
import { waitFor } from './wait-for.js';

/** How to run one instance of an app. */
export interface AppProcessOptions {
  /** The built main.js. */
  readonly main: string;
  /** Tells instances of one app apart in logs. */
  readonly name: string;
  /** All that it is told, HTTP_PORT included. Of this process's environment it sees nothing but PATH and HOME. */
  readonly env: Readonly<Record<string, string>> & { readonly HTTP_PORT: string };
  /** Modules that it loads before its own, in every start. */
  readonly preloads?: readonly string[];
}

/** One end of a process. */
export interface Ending {
  /** `ended with SIGKILL`, `ended with code 1`. */
  readonly how: string;
  /** The first signal that was sent to end it; undefined when it ended by itself. */
  readonly asked: 'SIGTERM' | 'SIGKILL' | undefined;
}

const LINES_KEPT = 2_000;
const READY_WITHIN_MS = 180_000;
/** Longer than the apps give themselves: a gateway takes up to 40 s. */
const STOP_WITHIN_MS = 45_000;

/** One instance of a built app, as a process of its own. It keeps its ports over restarts. */
export class AppProcess {
  readonly name: string;
  readonly #options: AppProcessOptions;
  readonly #lines: string[] = [];
  #child: ChildProcess | undefined;
  #exited: Promise<string> = Promise.resolve('never started');
  #asked: Ending['asked'];
  readonly #endings: Ending[] = [];

  constructor(options: AppProcessOptions) {
    this.#options = options;
    this.name = options.name;
  }

  /** Where its HTTP is. */
  get url(): string {
    return `http://127.0.0.1:${this.#options.env.HTTP_PORT}`;
  }

  /** While it runs. */
  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** How it has ended so far, once for each start but the one that runs. */
  get endings(): readonly Ending[] {
    return this.#endings;
  }

  /** Resolves when the start that runs now has ended, with how. */
  get ended(): Promise<string> {
    return this.#exited;
  }

  /** What it has printed, over all of its starts. */
  get log(): string {
    return this.#lines.join('\n');
  }

  /** Starts it and waits until it is ready. @throws Error with the end of its log when it does not become so */
  async start(): Promise<void> {
    this.launch();
    await this.ready();
  }

  /** Starts it without waiting. */
  launch(): void {
    if (this.#child) throw new Error(`${this.name} runs already`);
    const { main, preloads = [] } = this.#options;
    if (!existsSync(main)) throw new Error(`${main} is missing: run npm run build`);
    const { PATH = '', HOME = '' } = process.env;
    const loadFirst = preloads.flatMap((module) => ['--import', module]);
    const child = spawn(process.execPath, [...nodeFlags, ...loadFirst, main], {
      env: { PATH, HOME, ...this.#options.env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child = child;
    this.#asked = undefined;
    const endWithThis = () => child.kill('SIGKILL');
    process.once('exit', endWithThis);
    this.#note(`--- started as ${child.pid}`);
    child.stdout.setEncoding('utf8').on('data', (text: string) => this.#note(text.trimEnd()));
    child.stderr.setEncoding('utf8').on('data', (text: string) => this.#note(text.trimEnd()));
    this.#exited = new Promise((resolve) => {
      const finish = (how: string) => {
        this.#note(`--- ${how}`);
        process.removeListener('exit', endWithThis);
        this.#endings.push({ how, asked: this.#asked });
        if (this.#child === child) this.#child = undefined;
        resolve(how);
      };
      child.once('error', (error) => finish(`could not be run: ${error.message}`));
      child.once('exit', (code, signal) => finish(`ended with ${signal ?? `code ${code}`}`));
    });
  }

  /** Waits until /health/ready is 200. */
  async ready(timeoutMs = READY_WITHIN_MS): Promise<void> {
    const client = new HttpClient(1);
    const url = `${this.url}/health/ready`;
    let answer: unknown = 'none';
    try {
      await waitFor(
        `readiness of ${this.name}`,
        async () => {
          if (!this.#child) return 'ended' as const;
          const { status, body } = await client.send({ method: 'GET', url, timeoutMs: 5_000 });
          answer = body;
          return status === 200;
        },
        { timeoutMs },
      );
      if (!this.#child) throw new Error(`${this.name} ${await this.#exited} before it was ready`);
    } catch (error) {
      throw new Error(`${String(error)}\nlast answer: ${JSON.stringify(answer)}\n${this.#tail()}`, {
        cause: error,
      });
    } finally {
      client.close();
    }
  }

  /** Ends it as a crash would. */
  async kill(): Promise<void> {
    this.#signal('SIGKILL');
    await this.#exited;
  }

  /** Asks it to stop in order, and kills it if it does not. @returns how it ended */
  async stop(withinMs = STOP_WITHIN_MS): Promise<string> {
    this.#signal('SIGTERM');
    // A paused process gets SIGTERM once it goes on.
    this.#signal('SIGCONT');
    const timer = setTimeout(() => this.#signal('SIGKILL'), withinMs);
    const how = await this.#exited;
    clearTimeout(timer);
    return how;
  }

  /** Stands still, as in a long garbage collection or on a stalled machine: its connections stay open. */
  pause(): void {
    this.#signal('SIGSTOP');
  }

  /** Goes on after a pause. */
  resume(): void {
    this.#signal('SIGCONT');
  }

  /** Starts it again on the same ports, after a kill or instead of the running one. */
  async restart(): Promise<void> {
    if (this.#child) await this.stop();
    await this.start();
  }

  /** Sends a signal that does not end it, to a preload that listens. */
  tell(signal: NodeJS.Signals): void {
    this.#child?.kill(signal);
  }

  #signal(signal: NodeJS.Signals): void {
    if (signal === 'SIGKILL' || signal === 'SIGTERM') this.#asked ??= signal;
    this.#child?.kill(signal);
  }

  #tail(): string {
    return this.#lines.slice(-30).join('\n');
  }

  #note(text: string): void {
    this.#lines.push(...text.split('\n'));
    if (this.#lines.length > LINES_KEPT) this.#lines.splice(0, this.#lines.length - LINES_KEPT);
  }
}
