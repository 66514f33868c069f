/** One purchase to be decided. Times are ms since the Unix epoch. */
export interface Purchase {
  /** UUID: the identity of the request. */
  requestId: string;
  /** `[a-z0-9-]{1,64}` */
  saleId: string;
  /** The buyer from the verified token, 1–128 characters. */
  userId: string;
  /** Units, 1–1000. */
  quantity: number;
  /** When the gateway accepted it, by its corrected clock. The sale's window is judged on it. */
  acceptedAt: number;
  /** Until when it may be decided; after that it lapses. */
  decideBy: number;
}

/** All decisions. The words of the HTTP contract. */
export const DECISIONS = ['reserved', 'sold_out', 'limit_reached', 'not_started', 'ended', 'lapsed'] as const;

/** How a request was decided. Never changes once stored. */
export type Decision = (typeof DECISIONS)[number];

/** The stored outcome of one request. */
export interface Outcome {
  requestId: string;
  saleId: string;
  userId: string;
  /** Units asked for. 0 if the request lapsed on a read that did not know them. */
  quantity: number;
  decision: Decision;
  /** ms since the Unix epoch, by the database's clock. */
  decidedAt: number;
  /** With `limit_reached`: the user's newest reserved request in this sale, if there is one. */
  existingRequestId?: string;
}

/** An outcome as the buyer may see it. */
export type PurchaseOutcome = Omit<Outcome, 'userId'>;

/** Why a purchase has no outcome, and will not get one by being repeated. */
export type PurchaseRefusal = 'unknown_sale' | 'invalid';

/** What is known of a purchase after `decide`. */
export type DecideResult =
  /** The stored outcome: of this call, or of an earlier one with the same request id. */
  | { kind: 'outcome'; outcome: Outcome }
  /** The request id is taken by a purchase of another sale, user or quantity. `stored` may be somebody else's. */
  | { kind: 'mismatch'; stored: Outcome }
  /** Nothing is stored. */
  | { kind: 'refused'; reason: PurchaseRefusal; message: string };

/** Asks for one request. */
export interface PurchaseQuery {
  requestId: string;
  /** A request of another sale is not found. */
  saleId: string;
  /** A request of another user is not found. */
  userId: string;
  /**
   * Until when it may be decided, ms since the epoch, if the caller knows. Once that is past (by the database's
   * clock) and nothing is stored, `lapsed` is stored and returned. Without it, nothing stored means not found.
   */
  decideUntil?: number;
  /** Units asked for, if the caller knows; stored if the request lapses. */
  quantity?: number;
}

/** What is known of a request that was asked for. */
export type PurchaseState = { kind: 'outcome'; outcome: Outcome } | { kind: 'pending' };

/** What an administrator says about a sale. Times are ms since the Unix epoch. */
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
  /** Units that can still be had. */
  available: number;
  /** Units set aside for buyers. */
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
  /** Versions of which one must be the stored one (If-Match). */
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
