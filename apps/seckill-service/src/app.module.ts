import { Module, type DynamicModule } from '@nestjs/common';
import { InventoryClient } from '@seckill/inventory-client';
import { OperationsModule, type Readiness } from '@seckill/runtime';
import type { Registry } from 'prom-client';
import { PurchaseController } from './purchase/purchase.controller.js';

/** The handlers of seckill-service and what they need. */
@Module({})
export class AppModule {
  static register(inventory: InventoryClient, readiness: Readiness, metrics: Registry): DynamicModule {
    return {
      module: AppModule,
      imports: [OperationsModule.register(readiness, metrics)],
      controllers: [PurchaseController],
      providers: [{ provide: InventoryClient, useValue: inventory }],
    };
  }
}
