import { uniqueSaleId } from '@tools/load';
import type { AppProcess } from '@tools/testbed';
import type { Requests } from '../generator/plan.js';
import type { Counters } from '../measure/counters.js';
import type { Processes } from '../measure/processes.js';
import type { MeasuredSystem } from './measured-system.js';
import { startEdge } from './edge-app.js';
import { purchasesIn } from './own-system.js';

/** The same gateway, with tokens and checks, that answers from memory: what HTTP alone costs. */
export class Echo implements MeasuredSystem {
  readonly name = 'echo';

  private constructor(private readonly gateway: AppProcess) {}

  static async start(): Promise<Echo> {
    return new Echo(await startEdge('echo'));
  }

  get port(): number {
    return Number(new URL(this.gateway.url).port);
  }

  processes(): Processes {
    return { gateway: this.gateway.pid };
  }

  async counters(): Promise<Counters> {
    return {};
  }

  async open(items: number): Promise<Requests> {
    const round = uniqueSaleId('echo');
    return purchasesIn(Array.from({ length: items }, (_, item) => `${round}-${item}`));
  }

  async stop(): Promise<void> {
    await this.gateway.stop();
  }
}
