import { Module, type DynamicModule } from '@nestjs/common';
import { INVENTORY_ROLE, InventoryClientModule } from '@seckill/inventory-client';
import { GrpcReplySender, rocketMqConnection, RocketMqServerModule } from '@seckill/messaging';
import { answeringSerializer } from '@seckill/purchase';
import { REGISTRY, type Registry } from '@seckill/registry';
import type { AppContext } from '@seckill/runtime';
import { namesIn } from '@seckill/topology';
import { PurchaseController } from './purchase/purchase.controller.js';
import { SeckillServiceLifecycle } from './seckill-service.lifecycle.js';
import type { Settings } from './settings.js';

/** The handlers of seckill-service, the transport that calls them, and what they call. */
@Module({})
export class SeckillServiceModule {
  static register({ settings, tls, metrics, log, registry }: AppContext<Settings>): DynamicModule {
    const { topics, groups } = namesIn(settings.ROCKETMQ_NAMESPACE);
    const connection = rocketMqConnection(settings.rocketmq, log);
    const credentialsTo = (role: string) => tls && { credentials: tls.credentialsTo(role) };
    return {
      module: SeckillServiceModule,
      imports: [
        InventoryClientModule.registerAsync({
          imports: [registry],
          inject: [REGISTRY],
          useFactory: (registry: Registry) => ({ registry, ...credentialsTo(INVENTORY_ROLE) }),
          closeOnShutdown: false,
        }),
        RocketMqServerModule.registerAsync({
          imports: [registry],
          inject: [REGISTRY],
          useFactory: (registry: Registry) => ({
            connection,
            group: groups.seckillService,
            topic: topics.purchase,
            retryTopic: topics.purchaseRetry,
            deadLetterTopic: topics.purchaseDead,
            replies: new GrpcReplySender({ registry, metrics, ...credentialsTo('gateway') }),
            serializer: answeringSerializer,
            concurrency: settings.CONCURRENCY,
            invisibleMs: settings.INVISIBLE_MS,
            metrics,
          }),
        }),
      ],
      controllers: [PurchaseController],
      providers: [SeckillServiceLifecycle],
    };
  }
}
