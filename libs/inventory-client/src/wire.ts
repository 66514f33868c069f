import type { inventoryV1 as v1 } from '@seckill/contracts';
import { checkDecision } from '@seckill/purchase';
import { InventoryProtocolError } from './errors.js';
import type { Ledger, Sale, SaleChange } from './types.js';

// Sales and ledgers, between this client and the wire. Purchases and outcomes travel as they are.

export function toWireChange(change: SaleChange): v1.PutSaleRequest {
  const { title, total, perUserLimit, opensAt, closesAt } = change.terms;
  return {
    saleId: change.saleId,
    terms: { title, total, perUserLimit, opensAtMs: opensAt, closesAtMs: closesAt },
    ifMatch: [...(change.ifMatch ?? [])],
    mustExist: change.mustExist ?? false,
    mustNotExist: change.mustNotExist ?? false,
  };
}

/** @throws InventoryProtocolError if it is incomplete */
export function fromWireSale(sale: v1.Sale | undefined): Sale {
  if (!sale?.terms) throw new InventoryProtocolError('inventory answered without a sale');
  const { title, total, perUserLimit, opensAtMs, closesAtMs } = sale.terms;
  const { saleId, available, reserved, sold, version } = sale;
  const terms = { title, total, perUserLimit, opensAt: opensAtMs, closesAt: closesAtMs };
  return { saleId, terms, available, reserved, sold, version };
}

/** @throws InventoryProtocolError if it is incomplete */
export function fromWireLedger({ sale, counts }: v1.GetLedgerResponse): Ledger {
  return {
    sale: fromWireSale(sale),
    counts: Object.fromEntries(
      counts.map(({ decision, requests, units }) => {
        checkDecision(decision);
        return [decision, { requests, units }];
      }),
    ),
  };
}
