/** How a request was decided. Never changes once stored. */
export type Decision = 'reserved' | 'sold_out' | 'limit_reached' | 'not_started' | 'ended' | 'lapsed';

/** All decisions, in the order in which people ask for them. */
export const DECISIONS: readonly Decision[] = [
  'reserved',
  'sold_out',
  'limit_reached',
  'not_started',
  'ended',
  'lapsed',
];

/** What an answer says about a request: its decision, or that there is none yet. */
export type Status = Decision | 'pending';

/** What buyers did and what they were told. Times are ms by the one clock of whoever recorded it. */
export interface History {
  readonly operations: readonly Operation[];
  /**
   * Sales of which the history holds every purchase that anybody made. Only there can a row that nobody asked for,
   * or a refusal without a cause, be told from one whose cause was not recorded.
   * @default none
   */
  readonly completeSales?: readonly string[];
}

/** One HTTP request of a buyer. */
export type Operation = PurchaseOperation | ReadOperation | ListOperation;

interface Exchange {
  /** Unique in the history. */
  readonly operationId: string;
  readonly userId: string;
  readonly saleId: string;
  /** Which gateway was asked: any name. */
  readonly gateway: string;
  /** ms, taken before the first byte was sent. */
  readonly invokedAt: number;
  /** ms, taken after the last byte came or the connection was lost; absent while it is still open. */
  readonly completedAt?: number | undefined;
  /** `unknown` or absent: no answer was seen. The request may or may not have been carried out. */
  readonly response?: ObservedResponse | 'unknown' | undefined;
  /** Why no answer was seen, such as `ECONNREFUSED`. For whoever reads the history; no rule depends on it. */
  readonly lostBy?: string | undefined;
}

/** One attempt to buy. Attempts of one user in one sale with the same key are one request. */
export interface PurchaseOperation extends Exchange {
  readonly kind: 'purchase';
  readonly idempotencyKey?: string | undefined;
  /** Units asked for. */
  readonly quantity: number;
}

/** One question for a request at the Location that was told for it. */
export interface ReadOperation extends Exchange {
  readonly kind: 'read';
  readonly requestId: string;
}

/** One question for all of the user's requests in the sale. */
export interface ListOperation extends Exchange {
  readonly kind: 'list';
}

/** What an HTTP response said, word for word: the checker judges what it means. */
export interface ObservedResponse {
  /** HTTP status code. */
  readonly status: number;
  /** The `status` of the body, or the same word from the type of the problem. */
  readonly decision?: Status | undefined;
  readonly requestId?: string | undefined;
  readonly quantity?: number | undefined;
  /** ms since the epoch. Present exactly when the answer carries a stored outcome. */
  readonly decidedAt?: number | undefined;
  /** Last part of the problem's type, such as `idempotency-key-reused`. */
  readonly problem?: string | undefined;
  /** With limit_reached: the purchase that the caller already has. */
  readonly existingRequestId?: string | undefined;
  /** The entries of a list. */
  readonly purchases?: readonly ListedPurchase[] | undefined;
}

/** One entry of a list of purchases. */
export interface ListedPurchase {
  readonly requestId: string;
  readonly decision: Status;
  readonly quantity?: number | undefined;
  readonly decidedAt?: number | undefined;
  readonly existingRequestId?: string | undefined;
}
