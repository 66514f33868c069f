import { Module, type DynamicModule } from '@nestjs/common';
import type { AppContext } from '@seckill/runtime';
import { bindPlainText } from '@seckill/tls';
import { DatabaseWatch } from './database/database-watch.js';
import { Database } from './database/database.js';
import { DecisionStore } from './decision/decision-store.js';
import { Decisions } from './decision/decisions.js';
import { InventoryServer } from './grpc/inventory-server.js';
import { InventoryController } from './grpc/inventory.controller.js';
import { InventoryLifecycle } from './inventory.lifecycle.js';
import { InventoryMetrics } from './metrics.js';
import { PurchaseStore } from './purchase/purchase-store.js';
import { Purchases } from './purchase/purchases.js';
import { LedgerStore } from './sale/ledger-store.js';
import { SaleStore } from './sale/sale-store.js';
import type { Settings } from './settings.js';

/** The ledger's service, and the database behind it. */
@Module({})
export class InventoryModule {
  static register({ settings, tls, metrics, log }: AppContext<Settings>): DynamicModule {
    const database = new Database({
      url: settings.DATABASE_URL,
      decisionConnections: settings.DECISION_FLIGHTS,
      readConnections: settings.READ_CONNECTIONS,
    });
    const decisions = new Decisions(new DecisionStore(database.decisions), new InventoryMetrics(metrics), {
      maxInFlight: settings.DECISION_FLIGHTS,
      maxBatchSize: settings.DECISION_BATCH,
      maxWaiting: settings.DECISION_WAITING,
    });
    const watch = new DatabaseWatch(database.reads, (up, error) => {
      if (up) log.log('ledger available');
      else log.warn('ledger unavailable', { reason: String(error) });
    });
    const bind = tls?.bindFor('gateway', 'seckill-service') ?? bindPlainText;
    const purchases = new PurchaseStore(database.reads);
    return {
      module: InventoryModule,
      controllers: [InventoryController],
      providers: [
        { provide: Database, useValue: database },
        { provide: DatabaseWatch, useValue: watch },
        { provide: Decisions, useValue: decisions },
        { provide: InventoryServer, useValue: new InventoryServer(settings.GRPC_PORT, bind) },
        { provide: PurchaseStore, useValue: purchases },
        { provide: Purchases, useValue: new Purchases(purchases, decisions) },
        { provide: SaleStore, useValue: new SaleStore(database.reads) },
        { provide: LedgerStore, useValue: new LedgerStore(database.counts) },
        InventoryLifecycle,
      ],
    };
  }
}
