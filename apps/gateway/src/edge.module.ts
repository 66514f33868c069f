import { ConfigurableModuleBuilder, Module, type InjectionToken, type Provider } from '@nestjs/common';
import type { Clock } from '@seckill/clock';
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
import type { Settings } from './settings.js';
import { TokenVerifier } from './token/token-verifier.js';

/** What the edge depends on. The caller creates and closes these. */
export interface EdgeParts {
  settings: Pick<
    Settings,
    'WAIT_MS' | 'MAX_WAIT_MS' | 'DECIDE_WITHIN_MS' | 'MAX_WAITING' | 'tokenKey' | 'locationKey'
  >;
  purchases: PurchaseQueue;
  inventory: Inventory;
  instances: Instances;
  /** The ledger's clock, as far as it is known: stamps purchases. */
  clock: Clock;
  /** A clock that is never corrected: measures the age of copies. */
  ageClock: Clock;
}

const { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN: PARTS } =
  new ConfigurableModuleBuilder<EdgeParts>().build();

/** A provider that is made from the parts. */
const from = (provide: InjectionToken, useFactory: (parts: EdgeParts) => unknown): Provider => ({
  provide,
  inject: [PARTS],
  useFactory,
});

/**
 * The HTTP edge: serves the contract on top of the queue, inventory and the registry, whatever they are. Needs the
 * `OperationsModule` of `@seckill/runtime` beside it, to which it adds its metrics.
 */
@Module({
  controllers: [
    PurchaseController,
    SaleController,
    AdminSaleController,
    AdminGatewaysController,
    ProblemsController,
  ],
  providers: [
    from(PURCHASES, ({ purchases }) => purchases),
    from(INVENTORY, ({ inventory }) => inventory),
    from(INSTANCES, ({ instances }) => instances),
    from(WAIT_LIMITS, ({ settings }) => ({ defaultMs: settings.WAIT_MS, maxMs: settings.MAX_WAIT_MS })),
    from(PURCHASE_TIMES, ({ clock, settings }) => ({ clock, decideWithinMs: settings.DECIDE_WITHIN_MS })),
    from(HeldRequests, ({ settings }) => new HeldRequests(settings.MAX_WAITING)),
    from(
      SaleCopies,
      ({ inventory, ageClock }) =>
        new SaleCopies({ read: (saleId) => inventory.getSale(saleId), clock: ageClock }),
    ),
    from(RequestIds, () => new RequestIds()),
    from(TokenVerifier, ({ settings }) => new TokenVerifier(settings.tokenKey)),
    from(PurchaseLocations, ({ settings }) => new PurchaseLocations(settings.locationKey)),
    {
      provide: PurchaseMetrics,
      inject: [Metrics, HeldRequests],
      useFactory: (metrics: Metrics, held: HeldRequests) => new PurchaseMetrics(metrics, () => held.count),
    },
    AdmissionState,
    PurchaseService,
  ],
  exports: [AdmissionState, HeldRequests],
})
export class EdgeModule extends ConfigurableModuleClass {}
