import { Module, type DynamicModule, type Provider } from '@nestjs/common';
import type { Clock } from '@seckill/clock';
import { OperationsModule, type Readiness } from '@seckill/runtime';
import { Registry as Metrics } from 'prom-client';
import { ProblemsController } from './http/problems.controller.js';
import { AdminGatewaysController, INSTANCES, type Instances } from './instances/admin-gateways.controller.js';
import { AdmissionState } from './lifecycle/admission-state.js';
import { HeldRequests } from './purchase/held-requests.js';
import { PurchaseLocations } from './purchase/purchase-location.js';
import { PurchaseMetrics } from './purchase/purchase-metrics.js';
import { PURCHASES, type PurchaseQueue } from './purchase/purchase-queue.js';
import { PurchaseController, WAIT_LIMITS } from './purchase/purchase.controller.js';
import { RequestIds } from './purchase/request-id.js';
import { PURCHASE_TIMES, PurchaseService } from './purchase/purchase.service.js';
import { AdminSaleController } from './sale/admin-sale.controller.js';
import { INVENTORY, type Inventory } from './sale/inventory.js';
import { SaleCopies } from './sale/sale-copies.js';
import { SaleController } from './sale/sale.controller.js';
import type { GatewaySettings } from './settings.js';
import { TokenVerifier } from './token/token-verifier.js';

/** What a gateway depends on. The caller creates and closes these. */
export interface GatewayParts {
  settings: Omit<
    GatewaySettings,
    'httpPort' | 'grpcPort' | 'advertisedHost' | 'rocketmq' | 'registryUrl' | 'tls'
  >;
  purchases: PurchaseQueue;
  inventory: Inventory;
  instances: Instances;
  /** The ledger's clock, as far as it is known: stamps purchases. */
  clock: Clock;
  /** A clock that is never corrected: measures the age of copies. */
  ageClock: Clock;
  admission: AdmissionState;
  held: HeldRequests;
  readiness: Readiness;
  metrics: Metrics;
}

/** The HTTP edge: serves the contract on top of the queue, inventory and the registry. */
@Module({})
export class GatewayModule {
  static register(parts: GatewayParts): DynamicModule {
    const {
      settings,
      purchases,
      inventory,
      instances,
      clock,
      ageClock,
      admission,
      held,
      readiness,
      metrics,
    } = parts;
    const sales = new SaleCopies({ read: (saleId) => inventory.getSale(saleId), clock: ageClock });
    const values: Provider[] = [
      { provide: PURCHASES, useValue: purchases },
      { provide: INVENTORY, useValue: inventory },
      { provide: INSTANCES, useValue: instances },
      { provide: WAIT_LIMITS, useValue: { defaultMs: settings.waitMs, maxMs: settings.maxWaitMs } },
      { provide: PURCHASE_TIMES, useValue: { clock, decideWithinMs: settings.decideWithinMs } },
      { provide: AdmissionState, useValue: admission },
      { provide: HeldRequests, useValue: held },
      { provide: SaleCopies, useValue: sales },
      { provide: RequestIds, useValue: new RequestIds() },
      { provide: TokenVerifier, useValue: new TokenVerifier(settings.tokenKey) },
      { provide: PurchaseLocations, useValue: new PurchaseLocations(settings.locationKey) },
      { provide: PurchaseMetrics, useValue: new PurchaseMetrics(metrics, () => held.count) },
    ];
    return {
      module: GatewayModule,
      imports: [OperationsModule.register(readiness, metrics)],
      controllers: [
        PurchaseController,
        SaleController,
        AdminSaleController,
        AdminGatewaysController,
        ProblemsController,
      ],
      providers: [...values, PurchaseService],
    };
  }
}
