import type { InventoryClient } from '@seckill/inventory-client';

/**
 * What the gateway asks of inventory: reads and the administration of sales. It never decides a purchase by itself.
 * Every method throws InventoryUnavailableError when no answer came.
 */
export type Inventory = Pick<
  InventoryClient,
  'getPurchase' | 'listPurchases' | 'getSale' | 'putSale' | 'getLedger'
>;

/** Injection token of the Inventory. */
export const INVENTORY = Symbol('INVENTORY');
