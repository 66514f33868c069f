import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** A round did not come to its end. Others may. */
export class RoundFailedError extends Error {
  override readonly name = 'RoundFailedError';
}

/** What a forked program reports: ready once, then for each order measuring, measured, and done or failed. */
export type Report =
  | { readonly kind: 'ready' | 'measuring' | 'measured' }
  | { readonly kind: 'done'; readonly result: unknown }
  | { readonly kind: 'failed'; readonly message: string };

/** What to do at the two ends of the time that counts, such as reading CPU times. */
export interface RoundEnds {
  measuring?(): void | Promise<void>;
  measured?(): void | Promise<void>;
}

/** A program of the benchmark that measures on order, as a process of its own. One that fails or hangs is replaced. */
export class Forked<Order extends object> {
  #child: ChildProcess | undefined;

  /**
   * @param program below the folder of the built benchmark
   * @param flags of Node
   */
  constructor(
    private readonly program: string,
    private readonly flags: readonly string[] = [],
    private readonly env: Readonly<Record<string, string>> = {},
  ) {}

  /** While it runs. */
  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** Starts it, unless it runs. @throws RoundFailedError */
  async start(): Promise<void> {
    await this.#running();
  }

  /** @throws RoundFailedError when it fails, or takes longer than `boundMs` */
  async round<Result>(order: Order, boundMs: number, ends: RoundEnds = {}): Promise<Result> {
    const child = await this.#running();
    const atEnds: Promise<void>[] = [];
    return new Promise<Result>((resolve, reject) => {
      const finish = () => {
        clearTimeout(timer);
        child.off('message', onReport);
        child.off('exit', onExit);
      };
      const fail = (message: string) => {
        finish();
        this.close();
        reject(new RoundFailedError(message));
      };
      const onExit = () => fail(`${this.program} ended`);
      const onReport = (report: Report) => {
        if (report.kind === 'measuring') atEnds.push(Promise.resolve(ends.measuring?.()));
        else if (report.kind === 'measured') atEnds.push(Promise.resolve(ends.measured?.()));
        else if (report.kind === 'failed') fail(report.message);
        else if (report.kind === 'done') {
          finish();
          Promise.all(atEnds).then(() => resolve(report.result as Result), reject);
        }
      };
      const timer = setTimeout(() => fail(`the round did not end within ${boundMs / 1_000} s`), boundMs);
      child.on('message', onReport);
      child.once('exit', onExit);
      child.send(order);
    });
  }

  /** Sends an order without waiting. */
  tell(order: Order): void {
    this.#child?.send(order);
  }

  /** Ends the process. */
  close(): void {
    this.#child?.kill('SIGKILL');
    this.#child = undefined;
  }

  async #running(): Promise<ChildProcess> {
    if (this.#child) return this.#child;
    const program = fileURLToPath(new URL(`../${this.program}`, import.meta.url));
    const env = { ...process.env, ...this.env };
    const child = fork(program, [], { execArgv: ['--max-semi-space-size=64', ...this.flags], env });
    await new Promise<void>((resolve, reject) => {
      child.once('message', () => resolve());
      child.once('error', reject);
      child.once('exit', (code) => reject(new RoundFailedError(`${this.program} ended with code ${code}`)));
    });
    child.removeAllListeners();
    child.once('exit', () => {
      if (this.#child === child) this.#child = undefined;
    });
    return (this.#child = child);
  }
}
