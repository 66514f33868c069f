export {
  InvalidInventoryRequestError,
  InventoryProtocolError,
  InventoryUnavailableError,
  SaleChangeRefusedError,
} from './errors.js';
export { InventoryClient } from './inventory-client.js';
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
export {
  answeringSerializer,
  askingSerializer,
  PURCHASE_PATTERN,
  toPurchaseOutcome,
  type PurchaseReply,
  type PurchaseRequest,
} from './purchase-messages.js';
export { DECISIONS } from './types.js';
export type {
  DecideResult,
  Decision,
  DecisionCount,
  Ledger,
  Outcome,
  Purchase,
  PurchaseOutcome,
  PurchaseQuery,
  PurchaseRefusal,
  PurchaseState,
  Sale,
  SaleChange,
  SaleChanged,
  SaleReading,
  SaleTerms,
} from './types.js';
export { toWireDecision, toWireOutcome } from './wire.js';
