import { inventoryV1 as v1 } from '@seckill/contracts';
import { InventoryProtocolError } from './errors.js';
import type {
  DecideResult,
  Decision,
  Ledger,
  Outcome,
  Purchase,
  PurchaseOutcome,
  Sale,
  SaleChange,
} from './types.js';

// Between this client's words and those of the wire. What is made for every purchase is made field by field: to spread
// what is left over of an object costs microseconds.

export function toWirePurchase(purchase: Purchase): v1.Purchase {
  const { requestId, saleId, userId, quantity, acceptedAt, decideBy } = purchase;
  return { requestId, saleId, userId, quantity, acceptedAtMs: acceptedAt, decideByMs: decideBy };
}

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

/** @throws InventoryProtocolError if it makes no sense */
export function fromWireResult({ result, mismatch }: v1.DecideResult): DecideResult {
  switch (result?.$case) {
    case 'outcome': {
      const outcome = fromWireOutcome(result.value);
      return mismatch ? { kind: 'mismatch', stored: outcome } : { kind: 'outcome', outcome };
    }
    case 'refusal': {
      const { reason, message } = result.value;
      return {
        kind: 'refused',
        reason: reason === v1.RefusalReason.UNKNOWN_SALE ? 'unknown_sale' : 'invalid',
        message,
      };
    }
    case undefined:
      throw new InventoryProtocolError('inventory answered without a result');
  }
}

/** @throws InventoryProtocolError if it makes no sense */
export function fromWireOutcome(outcome: v1.Outcome): Outcome {
  const { requestId, saleId, userId, quantity, decidedAtMs: decidedAt, existingRequestId } = outcome;
  const decision = fromWireDecision(outcome.decision);
  const known: Outcome = { requestId, saleId, userId, quantity, decision, decidedAt };
  if (existingRequestId !== '') known.existingRequestId = existingRequestId;
  return known;
}

/** @throws InventoryProtocolError if it makes no sense */
export function fromWireSale(sale: v1.Sale | undefined): Sale {
  if (!sale?.terms) throw new InventoryProtocolError('inventory answered without a sale');
  const { title, total, perUserLimit, opensAtMs, closesAtMs } = sale.terms;
  const { saleId, available, reserved, sold, version } = sale;
  const terms = { title, total, perUserLimit, opensAt: opensAtMs, closesAt: closesAtMs };
  return { saleId, terms, available, reserved, sold, version };
}

/** @throws InventoryProtocolError if it makes no sense */
export function fromWireLedger({ sale, counts }: v1.GetLedgerResponse): Ledger {
  return {
    sale: fromWireSale(sale),
    counts: Object.fromEntries(
      counts.map(({ decision, requests, units }) => [fromWireDecision(decision), { requests, units }]),
    ),
  };
}

/** @param userId left out towards its buyer, who knows */
export function toWireOutcome(outcome: PurchaseOutcome, userId = ''): v1.Outcome {
  const { requestId, saleId, quantity, decision, decidedAt, existingRequestId = '' } = outcome;
  return {
    requestId,
    saleId,
    userId,
    quantity,
    decision: toWireDecision[decision],
    decidedAtMs: decidedAt,
    existingRequestId,
  };
}

/** The decisions on the wire. */
export const toWireDecision: Readonly<Record<Decision, v1.Decision>> = {
  reserved: v1.Decision.RESERVED,
  sold_out: v1.Decision.SOLD_OUT,
  limit_reached: v1.Decision.LIMIT_REACHED,
  not_started: v1.Decision.NOT_STARTED,
  ended: v1.Decision.ENDED,
  lapsed: v1.Decision.LAPSED,
};

function fromWireDecision(decision: v1.Decision): Decision {
  switch (decision) {
    case v1.Decision.RESERVED:
      return 'reserved';
    case v1.Decision.SOLD_OUT:
      return 'sold_out';
    case v1.Decision.LIMIT_REACHED:
      return 'limit_reached';
    case v1.Decision.NOT_STARTED:
      return 'not_started';
    case v1.Decision.ENDED:
      return 'ended';
    case v1.Decision.LAPSED:
      return 'lapsed';
    default:
      throw new InventoryProtocolError(
        `inventory answered with decision ${decision}, which is not known here`,
      );
  }
}
