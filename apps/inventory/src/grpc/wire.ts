import type { inventoryV1 as v1 } from '@seckill/contracts';
import type { Ledger, Sale, SaleTerms } from '@seckill/inventory-client';
import type { DecideResult, Decision } from '@seckill/purchase';
import type { Verdict } from '../decision/decision.js';

// Between the shapes of the ledger and those of the wire. Purchases and outcomes have the same shape in both.

/** The answer about a purchase. It never contains the outcome of another purchase with the same request id. */
export function toResult(verdict: Verdict): DecideResult {
  switch (verdict.kind) {
    case 'outcome':
      return {
        result: verdict.mismatch
          ? { $case: 'mismatch', value: {} }
          : { $case: 'outcome', value: verdict.outcome },
      };
    case 'unknown sale':
      return refusal('unknown_sale', 'there is no such sale');
    case 'invalid':
      return refusal('invalid', verdict.message);
    case 'pending':
      throw new Error('a purchase cannot be pending');
  }
}

function refusal(reason: v1.RefusalReason, message: string): DecideResult {
  return { result: { $case: 'refusal', value: { reason, message } } };
}

export function toWireSale(sale: Sale): v1.Sale {
  const { title, total, perUserLimit, opensAt, closesAt } = sale.terms;
  return {
    saleId: sale.saleId,
    terms: { title, total, perUserLimit, opensAtMs: opensAt, closesAtMs: closesAt },
    available: sale.available,
    reserved: sale.reserved,
    sold: sale.sold,
    version: sale.version,
  };
}

export function fromWireTerms(terms: v1.SaleTerms): SaleTerms {
  const { title, total, perUserLimit, opensAtMs, closesAtMs } = terms;
  return { title, total, perUserLimit, opensAt: opensAtMs, closesAt: closesAtMs };
}

export function toWireLedger(ledger: Ledger): v1.GetLedgerResponse {
  const counts = Object.entries(ledger.counts) as [Decision, { requests: number; units: number }][];
  return {
    sale: toWireSale(ledger.sale),
    counts: counts.map(([decision, { requests, units }]) => ({ decision, requests, units })),
  };
}
