import { uniqueSaleId } from '@tools/load';
import { TEST_JWT_SECRET, type AppProcess, type System } from '@tools/testbed';
import type { Requests } from '../generator/plan.js';
import { metric, metricsOf, type CommitCounter, type Counters } from '../measure/counters.js';
import type { Processes } from '../measure/processes.js';
import type { MeasuredSystem, SystemName } from './measured-system.js';

/** Stock of each sale of a round: every request is decided in the dearest way, as reserved. */
const STOCK = 1_000_000_000;
const OPEN_AT_ONCE = 16;

/** This system, by one of its gateways. */
export class OwnSystem implements MeasuredSystem {
  constructor(
    readonly name: SystemName,
    private readonly system: System,
    private readonly gateway: AppProcess,
    private readonly commits: CommitCounter,
  ) {}

  get port(): number {
    return Number(new URL(this.gateway.url).port);
  }

  processes(): Processes {
    const { system } = this;
    return {
      gateway: this.gateway.pid,
      ...named('service', system.instances('seckill-service')),
      ...named('inventory', system.instances('inventory')),
      rocketmq: system.brokerPid,
      postgres: system.postgres.pid,
    };
  }

  async counters(): Promise<Counters> {
    const [text, commits] = await Promise.all([metricsOf(this.gateway.url), this.commits.read()]);
    return { messages: metric(text, 'messaging_client_envelope_requests_count'), commits };
  }

  async open(items: number): Promise<Requests> {
    const round = uniqueSaleId('bench');
    const ids = Array.from({ length: items }, (_, item) => `${round}-${item}`);
    for (let from = 0; from < items; from += OPEN_AT_ONCE)
      await Promise.all(
        ids.slice(from, from + OPEN_AT_ONCE).map((id) => this.system.putSale(id, { total: STOCK })),
      );
    return purchasesIn(ids);
  }
}

/** Purchases in these sales, as the product's HTTP takes them. */
export function purchasesIn(saleIds: readonly string[]): Requests {
  const paths = saleIds.map((id) => `/v1/sales/${id}/purchases`);
  return { kind: 'purchase', paths, secret: TEST_JWT_SECRET };
}

function named(name: string, instances: readonly AppProcess[]): Processes {
  return Object.fromEntries(
    instances.map(({ pid }, index) => [index === 0 ? name : `${name} ${index + 1}`, pid]),
  );
}
