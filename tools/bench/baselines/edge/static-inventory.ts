import type { Sale } from '@seckill/inventory-client';
import type { Inventory } from '../../../../apps/gateway/src/sale/inventory.js';

const DAY_MS = 86_400_000;

const notAsked = (): never => {
  throw new Error('not part of a benchmark');
};

/** Every sale exists, is open and has stock. Other calls throw. */
export class StaticInventory implements Inventory {
  readonly getPurchase = notAsked;
  readonly listPurchases = notAsked;
  readonly putSale = notAsked;
  readonly getLedger = notAsked;

  async getSale(saleId: string): ReturnType<Inventory['getSale']> {
    const now = Date.now();
    const terms = {
      title: saleId,
      total: 2_000_000_000,
      perUserLimit: 1,
      opensAt: now - DAY_MS,
      closesAt: now + DAY_MS,
    };
    const sale: Sale = { saleId, terms, available: terms.total, reserved: 0, sold: 0, version: 1 };
    return { sale, readAt: now };
  }
}
