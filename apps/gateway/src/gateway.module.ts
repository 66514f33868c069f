import { Module, type DynamicModule } from '@nestjs/common';
import { CorrectedClock } from '@seckill/clock';
import { INVENTORY_ROLE, InventoryClient, InventoryClientModule } from '@seckill/inventory-client';
import { GrpcReplyReceiver, RocketMqClient, rocketMqConnection, RocketMqModule } from '@seckill/messaging';
import { askingSerializer } from '@seckill/purchase';
import { REGISTRY, type Registry } from '@seckill/registry';
import type { AppContext } from '@seckill/runtime';
import { namesIn } from '@seckill/topology';
import { EdgeModule } from './edge.module.js';
import { GatewayLifecycle } from './gateway.lifecycle.js';
import { RocketMqPurchaseQueue } from './purchase/rocketmq-purchase-queue.js';
import type { Settings } from './settings.js';

/** The HTTP edge, on RocketMQ, inventory and the registry. */
@Module({})
export class GatewayModule {
  static register({ id, settings, tls, metrics, log, registry }: AppContext<Settings>): DynamicModule {
    // The ledger's clock decides. It comes with every sale that is read, so that even the first purchase is stamped by it.
    // Not the registry's clock, which may differ or be missing.
    const clock = new CorrectedClock();
    const inventory = InventoryClientModule.registerAsync({
      imports: [registry],
      inject: [REGISTRY],
      useFactory: (registry: Registry) => ({
        registry,
        ledgerClock: clock,
        ...(tls && { credentials: tls.credentialsTo(INVENTORY_ROLE) }),
      }),
      closeOnShutdown: false,
    });
    const replies = new GrpcReplyReceiver({
      instanceId: id,
      port: settings.GRPC_PORT,
      ...(tls && { bind: tls.bindFor('seckill-service') }),
    });
    const purchases = RocketMqModule.register({
      connection: rocketMqConnection(settings.rocketmq, log),
      topic: namesIn(settings.ROCKETMQ_NAMESPACE).topics.purchase,
      serializer: askingSerializer,
      replies,
      maxWaiting: settings.MAX_WAITING,
      maxBatchSize: settings.ENVELOPE_REQUESTS,
      maxInFlight: settings.ENVELOPE_FLIGHTS,
      clock,
      metrics,
      closeOnShutdown: false,
    });
    const edge = EdgeModule.registerAsync({
      imports: [registry, inventory, purchases],
      inject: [REGISTRY, InventoryClient, RocketMqClient],
      useFactory: (instances: Registry, inventory: InventoryClient, client: RocketMqClient) => ({
        settings,
        purchases: new RocketMqPurchaseQueue(client),
        inventory,
        instances,
        clock,
        ageClock: new CorrectedClock(),
      }),
    });
    return {
      module: GatewayModule,
      imports: [inventory, purchases, edge],
      providers: [{ provide: GrpcReplyReceiver, useValue: replies }, GatewayLifecycle],
    };
  }
}
