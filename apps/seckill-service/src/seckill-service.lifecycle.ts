import { Inject, Injectable, type INestApplication } from '@nestjs/common';
import { InventoryClient } from '@seckill/inventory-client';
import { REPLY_SENDER, RocketMqServer, type ReplySender } from '@seckill/messaging';
import {
  APP_CONTEXT,
  type AppContext,
  type AppLifecycle,
  type Readiness,
  type StartedApp,
  type StopStep,
} from '@seckill/runtime';
import type { Settings } from './settings.js';

/** How seckill-service starts and stops: what it holds is handled and answered before anything closes. */
@Injectable()
export class SeckillServiceLifecycle implements AppLifecycle {
  constructor(
    @Inject(APP_CONTEXT) private readonly context: AppContext<Settings>,
    private readonly inventory: InventoryClient,
    private readonly server: RocketMqServer,
    @Inject(REPLY_SENDER) private readonly replies: ReplySender,
  ) {}

  addReadiness(readiness: Readiness): void {
    readiness.add('rocketmq', () =>
      this.server.connection === 'connected' ? undefined : 'not connected yet',
    );
    readiness.add('inventory', () => {
      if (this.server.paused) return 'does not respond; receiving is paused';
      return this.inventory.known ? undefined : 'no instance is registered';
    });
  }

  async connect(app: INestApplication): Promise<void> {
    app.connectMicroservice({ strategy: this.server });
    await app.startAllMicroservices();
  }

  address(): string {
    const { ADVERTISED_HOST, HTTP_PORT } = this.context.settings;
    return `${ADVERTISED_HOST}:${HTTP_PORT}`;
  }

  stopSteps({ leave, release, closeRegistry, closeHttp }: StartedApp): StopStep[] {
    return [
      { name: 'report not ready', withinMs: 1_000, run: leave },
      { name: 'finish held requests', withinMs: 17_000, run: () => this.server.close() },
      { name: 'deliver outcomes', withinMs: 1_000, run: () => this.replies.close() },
      { name: 'close the connections to inventory', withinMs: 2_000, run: () => this.inventory.close() },
      { name: 'leave the registry', withinMs: 4_000, run: () => release().then(closeRegistry) },
      { name: 'close HTTP', withinMs: 2_000, run: closeHttp },
    ];
  }
}
