import { inventoryV1 as v1 } from '@seckill/contracts';
import {
  toWireDecision,
  toWireOutcome,
  type Decision,
  type Ledger,
  type Outcome,
  type Sale,
  type SaleTerms,
} from '@seckill/inventory-client';
import type { Verdict } from '../decision/decision.js';

/** Between the words of the ledger and those of the wire. */

export function toWireStored(outcome: Outcome): v1.Outcome {
  return toWireOutcome(outcome, outcome.userId);
}

export function toWireResult(verdict: Verdict): v1.DecideResult {
  switch (verdict.kind) {
    case 'outcome':
      return {
        result: { $case: 'outcome', value: toWireStored(verdict.outcome) },
        mismatch: verdict.mismatch,
      };
    case 'unknown sale':
      return refusal(v1.RefusalReason.UNKNOWN_SALE, 'there is no such sale');
    case 'invalid':
      return refusal(v1.RefusalReason.INVALID, verdict.message);
    case 'pending':
      throw new Error('a purchase cannot be pending');
  }
}

function refusal(reason: v1.RefusalReason, message: string): v1.DecideResult {
  return { result: { $case: 'refusal', value: { reason, message } }, mismatch: false };
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
    counts: counts.map(([decision, { requests, units }]) => ({
      decision: toWireDecision[decision],
      requests,
      units,
    })),
  };
}
