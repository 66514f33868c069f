/** Types and codecs generated from proto/, one namespace per package. `npm run generate` makes them anew. */
export * as deliveryV1 from './generated/seckill/delivery/v1/delivery.js';
export * as envelopeV1 from './generated/seckill/envelope/v1/envelope.js';
export * as inventoryV1 from './generated/seckill/inventory/v1/inventory.js';
export {
  PURCHASE_PATTERN,
  type PurchaseDecision,
  type PurchaseOutcome,
  type PurchaseReply,
  type PurchaseRequest,
} from './purchase.js';
