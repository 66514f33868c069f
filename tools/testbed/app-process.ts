import { existsSync } from 'node:fs';
import { nodeFlags, OwnedProcess } from '@seckill/embedded';
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
  #child: OwnedProcess | undefined;
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
    if (this.pid !== undefined) throw new Error(`${this.name} runs already`);
    const { main, env, preloads = [] } = this.#options;
    if (!existsSync(main)) throw new Error(`${main} is missing: run npm run build`);
    const loadFirst = preloads.flatMap((module) => ['--import', module]);
    this.#child = new OwnedProcess({
      name: this.name,
      program: process.execPath,
      args: [...nodeFlags, ...loadFirst, main],
      env,
      onLine: (line) => this.#note(line),
    });
    this.#asked = undefined;
    this.#note(`--- started as ${this.pid}`);
    this.#exited = this.#child.exited.then((how) => {
      this.#note(`--- ${how}`);
      this.#endings.push({ how, asked: this.#asked });
      return how;
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
          if (this.pid === undefined) return 'ended' as const;
          const { status, body } = await client.send({ method: 'GET', url, timeoutMs: 5_000 });
          answer = body;
          return status === 200;
        },
        { timeoutMs },
      );
      if (this.pid === undefined) throw new Error(`${this.name} ${await this.#exited} before it was ready`);
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
    this.#ask('SIGKILL');
    await this.#child?.kill();
    await this.#exited;
  }

  /** Asks it to stop in order, and kills it if it does not. @returns how it ended */
  async stop(withinMs = STOP_WITHIN_MS): Promise<string> {
    this.#ask('SIGTERM');
    await this.#child?.stop(withinMs);
    return this.#exited;
  }

  /** Stands still, as in a long garbage collection or on a stalled machine: its connections stay open. */
  pause(): void {
    this.tell('SIGSTOP');
  }

  /** Goes on after a pause. */
  resume(): void {
    this.tell('SIGCONT');
  }

  /** Starts it again on the same ports, after a kill or instead of the running one. */
  async restart(): Promise<void> {
    await this.stop();
    await this.start();
  }

  /** Sends a signal that does not end it, to a preload that listens. */
  tell(signal: NodeJS.Signals): void {
    this.#child?.signal(signal);
  }

  #ask(signal: 'SIGTERM' | 'SIGKILL'): void {
    if (this.pid !== undefined) this.#asked ??= signal;
  }

  #tail(): string {
    return this.#lines.slice(-30).join('\n');
  }

  #note(line: string): void {
    this.#lines.push(line);
    if (this.#lines.length > LINES_KEPT) this.#lines.shift();
  }
}
