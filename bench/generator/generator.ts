import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Order, Plan, Report, Seen } from './plan.js';

/** A round did not come to its end. Others may. */
export class RoundFailedError extends Error {
  override readonly name = 'RoundFailedError';
}

/** What to do at the two ends of the time that counts, such as reading CPU times. */
export interface RoundEnds {
  measuring?(): void | Promise<void>;
  measured?(): void | Promise<void>;
}

/** ms for making tokens, opening connections and the like, beyond what the plan itself takes. */
const SPARE_MS = 60_000;

/** The load generator's process. One that hangs is replaced. */
export class Generator {
  #child: ChildProcess | undefined;

  /** While it runs. */
  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /**
   * Runs one plan.
   * @throws RoundFailedError when it fails or takes far longer than it says
   */
  async round(plan: Plan, ends: RoundEnds = {}): Promise<Seen> {
    const child = (this.#child ??= await this.#start());
    const { rampMs, measureMs, drainMs } = plan;
    const boundMs = rampMs + measureMs + drainMs + SPARE_MS;
    const at: Promise<void>[] = [];
    return new Promise<Seen>((resolve, reject) => {
      const fail = (message: string) => {
        finish();
        this.close();
        reject(new RoundFailedError(message));
      };
      const timer = setTimeout(() => fail(`the round did not end within ${boundMs / 1_000} s`), boundMs);
      const onExit = () => fail('the load generator ended');
      const onReport = (report: Report) => {
        if (report.kind === 'measuring') at.push(Promise.resolve(ends.measuring?.()));
        else if (report.kind === 'measured') at.push(Promise.resolve(ends.measured?.()));
        else if (report.kind === 'failed') fail(report.message);
        else if (report.kind === 'idle') {
          finish();
          Promise.all(at).then(() => resolve(report.seen), reject);
        }
      };
      const finish = () => {
        clearTimeout(timer);
        child.off('message', onReport);
        child.off('exit', onExit);
      };
      child.on('message', onReport);
      child.once('exit', onExit);
      child.send({ kind: 'run', plan } satisfies Order);
    });
  }

  /** Lets go of requests that are held. */
  release(): void {
    this.#child?.send({ kind: 'release' } satisfies Order);
  }

  /** Ends the process. */
  close(): void {
    this.#child?.kill('SIGKILL');
    this.#child = undefined;
  }

  async #start(): Promise<ChildProcess> {
    const child = fork(fileURLToPath(new URL('main.js', import.meta.url)), [], {
      execArgv: ['--max-semi-space-size=64'],
    });
    await new Promise<void>((resolve, reject) => {
      child.once('message', () => resolve());
      child.once('error', reject);
      child.once('exit', (code) =>
        reject(new RoundFailedError(`the load generator ended with code ${code}`)),
      );
    });
    child.removeAllListeners();
    return child;
  }
}
