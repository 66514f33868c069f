import { uniqueSaleId } from '@tools/load';
import type { AppProcess } from '@tools/testbed';
import type { Requests } from '../generator/plan.js';
import type { CommitCounter, Counters } from '../measure/counters.js';
import type { Processes } from '../measure/processes.js';
import type { MeasuredSystem } from './measured-system.js';
import { startBenchApp, startEdge } from './edge-app.js';
import { KafkaBroker } from './kafka-broker.js';
import { purchasesIn } from './own-system.js';
import { Redis } from './redis.js';
import { makeRowLockTables, RowLockStore } from './row-lock.js';

/** What an ordinary way stands on. */
export interface OrdinaryWayOptions {
  /** A database of its own. */
  readonly databaseUrl: string;
  readonly postgresPid: number;
  readonly commits: CommitCounter;
  readonly say: (line: string) => void;
}

const ways = {
  kafka: {
    program: 'baselines/kafka-worker.js',
    start: (say: OrdinaryWayOptions['say']) => KafkaBroker.start(say),
    port: 'KAFKA_PORT',
  },
  bullmq: {
    program: 'baselines/bullmq-worker.js',
    start: (say: OrdinaryWayOptions['say']) => Redis.start(say),
    port: 'REDIS_PORT',
  },
};

/** A transaction per request with a row lock, behind the same gateway and another queue. */
export class OrdinaryWay implements MeasuredSystem {
  private constructor(
    readonly name: 'kafka' | 'bullmq',
    private readonly broker: { readonly pid: number | undefined; stop(): Promise<void> },
    private readonly worker: AppProcess,
    private readonly gateway: AppProcess,
    private readonly store: RowLockStore,
    private readonly options: OrdinaryWayOptions,
  ) {}

  /** @throws CannotStartError when what it needs is not on this machine */
  static async start(name: 'kafka' | 'bullmq', options: OrdinaryWayOptions): Promise<OrdinaryWay> {
    const { program, start, port } = ways[name];
    const broker = await start(options.say);
    try {
      await makeRowLockTables(options.databaseUrl);
      const env = { [port]: String(broker.port), DATABASE_URL: options.databaseUrl };
      const worker = await startBenchApp(program, `${name}-worker`, env);
      const gateway = await startEdge(name, env).catch(async (error: unknown) => {
        await worker.stop();
        throw error;
      });
      const store = new RowLockStore(options.databaseUrl, 1);
      return new OrdinaryWay(name, broker, worker, gateway, store, options);
    } catch (error) {
      await broker.stop();
      throw error;
    }
  }

  get port(): number {
    return Number(new URL(this.gateway.url).port);
  }

  processes(): Processes {
    const { name, gateway, worker, broker, options } = this;
    const queue = name === 'kafka' ? 'kafka' : 'redis';
    return { gateway: gateway.pid, service: worker.pid, [queue]: broker.pid, postgres: options.postgresPid };
  }

  async counters(): Promise<Counters> {
    return { commits: await this.options.commits.read() };
  }

  async open(items: number): Promise<Requests> {
    const round = uniqueSaleId(this.name);
    const ids = Array.from({ length: items }, (_, item) => `${round}-${item}`);
    await this.store.open(ids);
    return purchasesIn(ids);
  }

  async stop(): Promise<void> {
    await this.gateway.stop();
    await this.worker.stop();
    await this.store.close();
    await this.broker.stop();
  }
}
