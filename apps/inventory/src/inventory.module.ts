import { Module, type DynamicModule } from '@nestjs/common';
import type { Registry as Metrics } from 'prom-client';
import { OperationsModule, type Readiness } from '@seckill/runtime';
import type { Database } from './database/database.js';
import { Decisions } from './decision/decisions.js';
import { InventoryController } from './grpc/inventory.controller.js';
import { PurchaseStore } from './purchase/purchase-store.js';
import { Purchases } from './purchase/purchases.js';
import { LedgerStore } from './sale/ledger-store.js';
import { SaleStore } from './sale/sale-store.js';

/** The ledger's service, and the pages for operators. */
@Module({})
export class InventoryModule {
  static register(
    database: Database,
    decisions: Decisions,
    readiness: Readiness,
    metrics: Metrics,
  ): DynamicModule {
    const purchases = new PurchaseStore(database.reads);
    return {
      module: InventoryModule,
      imports: [OperationsModule.register(readiness, metrics)],
      controllers: [InventoryController],
      providers: [
        { provide: Decisions, useValue: decisions },
        { provide: PurchaseStore, useValue: purchases },
        { provide: Purchases, useValue: new Purchases(purchases, decisions) },
        { provide: SaleStore, useValue: new SaleStore(database.reads) },
        { provide: LedgerStore, useValue: new LedgerStore(database.counts) },
      ],
    };
  }
}
