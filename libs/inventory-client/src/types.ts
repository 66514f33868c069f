import type { inventoryV1 as v1 } from '@seckill/contracts';
import type { Decision, Outcome } from '@seckill/purchase';

/**
 * Asks for one request of one user in one sale; `requestId`, `saleId` and `userId` must all be right. With `decideByMs`
 * in the past (by the ledger's clock) and nothing stored, `lapsed` is stored and returned, with `quantity`. 0: not known.
 */
export type PurchaseQuery = v1.GetPurchaseRequest;

/** What is known of a request that was asked for. */
export interface PurchaseState {
  /** Undefined while it is pending. */
  outcome: Outcome | undefined;
}

/** The terms of a sale, set by an administrator. Times are ms since the Unix epoch. */
export interface SaleTerms {
  /** 1–200 characters. */
  title: string;
  /** Units for sale. */
  total: number;
  /** Units that one user may have. */
  perUserLimit: number;
  opensAt: number;
  /** Purchases accepted at this moment or later are refused. */
  closesAt: number;
}

/** A sale with its stock: available + reserved + sold = terms.total. */
export interface Sale {
  saleId: string;
  terms: SaleTerms;
  /** Units left. */
  available: number;
  /** Units reserved for buyers. */
  reserved: number;
  /** Units paid for. */
  sold: number;
  /** Grows with each change of the terms; the entity tag. */
  version: number;
}

/** A sale as it stood at a moment. */
export interface SaleReading {
  sale: Sale;
  /** ms since the Unix epoch, by the database's clock. */
  readAt: number;
}

/** Creates or changes a sale. */
export interface SaleChange {
  saleId: string;
  terms: SaleTerms;
  /** The stored version must be one of these (If-Match). */
  ifMatch?: readonly number[];
  /** The sale must exist (If-Match: *). @default false */
  mustExist?: boolean;
  /** The sale must not exist (If-None-Match: *). @default false */
  mustNotExist?: boolean;
}

/** A sale after a change. */
export interface SaleChanged {
  sale: Sale;
  /** Whether this call created it. */
  created: boolean;
}

/** How often one decision was made in a sale. */
export interface DecisionCount {
  requests: number;
  /** Units that they asked for, in sum. */
  units: number;
}

/** A sale with what was decided in it, counted from the stored outcomes. */
export interface Ledger {
  sale: Sale;
  /** Decisions that were never made are left out. */
  counts: Partial<Record<Decision, DecisionCount>>;
}
