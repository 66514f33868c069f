export {
  InvalidInventoryRequestError,
  InventoryProtocolError,
  InventoryUnavailableError,
  SaleChangeRefusedError,
} from './errors.js';
export { InventoryClient } from './inventory-client.js';
export { InventoryClientModule, type InventoryClientModuleExtras } from './inventory-client.module.js';
export {
  FIELD_KEY,
  isSalePrecondition,
  isSaleRule,
  REASON_KEY,
  type InventoryReason,
  type SalePrecondition,
  type SaleRule,
} from './reasons.js';
export { MAX_SALES } from './inventory-channel.js';
export { INVENTORY_ROLE } from './sale-homes.js';
export type { InventoryClientOptions } from './settings.js';
export type {
  DecisionCount,
  Ledger,
  PurchaseQuery,
  PurchaseState,
  Sale,
  SaleChange,
  SaleChanged,
  SaleReading,
  SaleTerms,
} from './types.js';
