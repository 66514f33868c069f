import type { InventoryClient } from '@seckill/inventory-client';

/**
 * What the gateway calls of inventory: reads, and changes of sales. It never calls for a decision itself.
 * Every method throws InventoryUnavailableError when no answer came.
 */
export type Inventory = Pick<
  InventoryClient,
  'getPurchase' | 'listPurchases' | 'getSale' | 'putSale' | 'getLedger'
>;

/** Injection token of the Inventory. */
export const INVENTORY = Symbol('INVENTORY');
