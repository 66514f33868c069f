import { Forked, type RoundEnds } from '../forked/forked.js';
import type { Order, Plan, Seen } from './plan.js';

/** ms for making tokens, opening connections and the like, beyond what the plan itself takes. */
const SPARE_MS = 60_000;

/** The load generator. */
export class Generator {
  readonly #process = new Forked<Order>('generator/main.js');

  /** While it runs. */
  get pid(): number | undefined {
    return this.#process.pid;
  }

  /** Runs one plan. @throws RoundFailedError when it fails or takes far longer than it says */
  round(plan: Plan, ends?: RoundEnds): Promise<Seen> {
    const { rampMs, measureMs, drainMs } = plan;
    return this.#process.round({ kind: 'run', plan }, rampMs + measureMs + drainMs + SPARE_MS, ends);
  }

  /** Lets go of requests that are held. */
  release(): void {
    this.#process.tell({ kind: 'release' });
  }

  /** Ends the process. */
  close(): void {
    this.#process.close();
  }
}
