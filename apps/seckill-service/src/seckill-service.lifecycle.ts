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
      if (this.server.paused) return 'does not answer; receiving is paused';
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
      { name: 'not being ready', withinMs: 1_000, run: leave },
      { name: 'finishing what is held', withinMs: 17_000, run: () => this.server.close() },
      { name: 'delivering', withinMs: 1_000, run: () => this.replies.close() },
      { name: 'closing inventory', withinMs: 2_000, run: () => this.inventory.close() },
      { name: 'leaving the registry', withinMs: 4_000, run: () => release().then(closeRegistry) },
      { name: 'closing HTTP', withinMs: 2_000, run: closeHttp },
    ];
  }
}
