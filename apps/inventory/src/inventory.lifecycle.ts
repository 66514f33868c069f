import { Inject, Injectable, type INestApplication, type INestMicroservice } from '@nestjs/common';
import { sleep, systemClock } from '@seckill/clock';
import type { Instance } from '@seckill/registry';
import {
  APP_CONTEXT,
  type AppContext,
  type AppLifecycle,
  type Readiness,
  type StartedApp,
  type StopStep,
} from '@seckill/runtime';
import { DatabaseWatch } from './database/database-watch.js';
import { Database } from './database/database.js';
import { openLedger } from './database/open-ledger.js';
import { Decisions } from './decision/decisions.js';
import { InventoryServer } from './grpc/inventory-server.js';
import type { Settings } from './settings.js';

/**
 * How inventory starts and stops. Health answers at once; purchases are decided once the database responds and this
 * instance is registered.
 */
@Injectable()
export class InventoryLifecycle implements AppLifecycle {
  readonly awaitsRegistration = true;
  #grpc: INestMicroservice | undefined;

  constructor(
    @Inject(APP_CONTEXT) private readonly context: AppContext<Settings>,
    private readonly database: Database,
    private readonly watch: DatabaseWatch,
    private readonly decisions: Decisions,
    private readonly server: InventoryServer,
  ) {}

  addReadiness(readiness: Readiness): void {
    readiness.add('database', () => (this.watch.up ? undefined : 'does not respond'));
  }

  async connect(app: INestApplication): Promise<void> {
    this.#grpc = app.connectMicroservice({ strategy: this.server });
  }

  async open(app: INestApplication): Promise<void> {
    const { settings, log } = this.context;
    await openLedger(settings.DATABASE_URL, log, systemClock);
    await this.watch.start();
    await app.startAllMicroservices();
  }

  address(): string {
    const { ADVERTISED_HOST, ADVERTISED_PORT, GRPC_PORT } = this.context.settings;
    return `${ADVERTISED_HOST}:${ADVERTISED_PORT || GRPC_PORT}`;
  }

  registered({ address }: Instance): void {
    this.context.log.log('accepts calls', { address });
  }

  stopSteps({ leave, drain, release, closeRegistry, closeHttp }: StartedApp): StopStep[] {
    const { DRAIN_MS } = this.context.settings;
    return [
      { name: 'report not ready', withinMs: 500, run: leave },
      { name: 'mark as draining in the registry', withinMs: 2_500, run: drain },
      // Until the other processes know, their calls are decided as before.
      { name: 'wait until others know', withinMs: DRAIN_MS + 500, run: () => sleep(systemClock, DRAIN_MS) },
      { name: 'finish decisions', withinMs: 10_000, run: () => this.decisions.finish() },
      { name: 'leave the registry', withinMs: 4_000, run: release },
      { name: 'close the registry', withinMs: 4_000, run: closeRegistry },
      { name: 'close gRPC', withinMs: 3_000, run: () => this.#grpc?.close() },
      { name: 'close HTTP', withinMs: 3_000, run: closeHttp },
      { name: 'close the database', withinMs: 3_000, run: () => (this.watch.stop(), this.database.end()) },
    ];
  }
}
