import { fork, type ChildProcess } from 'node:child_process';
import { waitFor } from '@tools/testbed';

/** What a process is told when it starts. */
export interface Setting {
  readonly kind: 'web' | 'worker';
  readonly endpoints: string;
  readonly registryUrl: string;
  readonly topic: string;
  /** Of the instances that wait. */
  readonly role: string;
}

/** What a web process is to ask. */
export interface Order {
  readonly number: number;
  readonly pattern: string;
  readonly payload: unknown;
}

/** What a process tells. */
export type Report =
  | { readonly kind: 'ready' }
  | { readonly kind: 'began' | 'did' | 'late'; readonly requestId: string }
  | { readonly kind: 'answer'; readonly number: number; readonly answer?: unknown; readonly error?: string };

const PROGRAM = new URL('./program.ts', import.meta.url).pathname;
const COMPILER = new URL('../../support/run-typescript.js', import.meta.url).href;

/** A worker or a web process of its own. */
export class TransportProcess {
  /** All it has told, in order. */
  readonly reports: Report[] = [];
  readonly #child: ChildProcess;
  readonly #exited: Promise<string>;
  readonly #waiting = new Map<number, (answer: unknown) => void>();
  #orders = 0;

  private constructor(setting: Setting) {
    this.#child = fork(PROGRAM, [JSON.stringify(setting)], {
      execArgv: ['--no-warnings', '--import', COMPILER],
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    this.#child.on('message', (report: Report) => {
      this.reports.push(report);
      if (report.kind === 'answer') this.#waiting.get(report.number)?.(report.error ?? report.answer);
    });
    this.#exited = new Promise((resolve) => {
      this.#child.once('exit', (code, signal) => resolve(signal ?? `code ${code}`));
    });
  }

  /** Resolves when it is ready. */
  static async start(setting: Setting): Promise<TransportProcess> {
    const started = new TransportProcess(setting);
    await waitFor('readiness', () => started.reports.length > 0, { timeoutMs: 120_000 });
    return started;
  }

  /** Request ids of the requests whose handlers have begun, or have ended. */
  requests(kind: 'began' | 'did' | 'late'): string[] {
    return this.reports.flatMap((report) => (report.kind === kind ? [report.requestId] : []));
  }

  /** Asks by way of a web process. @returns the answer, or the error as a text */
  ask(pattern: string, payload: unknown): Promise<unknown> {
    const number = ++this.#orders;
    return new Promise((resolve) => {
      this.#waiting.set(number, resolve);
      this.#child.send({ number, pattern, payload } satisfies Order);
    });
  }

  /** Sends a signal; a process that stands still gets SIGTERM once it goes on. */
  signal(signal: 'SIGSTOP' | 'SIGCONT' | 'SIGTERM' | 'SIGKILL'): void {
    this.#child.kill(signal);
  }

  /** Resolves with its exit code or the signal that ended it. */
  exited(): Promise<string> {
    return this.#exited;
  }

  /** Ends it, in whatever state it is. */
  async kill(): Promise<void> {
    this.signal('SIGKILL');
    await this.#exited;
  }
}
