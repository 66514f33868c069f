/** Types and codecs generated from proto/, one namespace per package. `npm run generate` makes them anew. */
export * as deliveryV1 from './generated/seckill/delivery/v1/delivery.js';
export * as envelopeV1 from './generated/seckill/envelope/v1/envelope.js';
export * as inventoryV1 from './generated/seckill/inventory/v1/inventory.js';
export * as purchaseV1 from './generated/seckill/purchase/v1/purchase.js';
