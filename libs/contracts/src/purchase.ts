/**
 * What gateway and seckill-service say to each other about one purchase, as JSON inside the envelope. The request
 * id travels beside it, as the identity of the request itself.
 */

/** Pattern of purchase requests; the tag of their messages. */
export const PURCHASE_PATTERN = 'purchase';

/** A purchase that a gateway has accepted. Times are ms since the Unix epoch. */
export interface PurchaseRequest {
  saleId: string;
  /** From the verified token, never from the body. */
  userId: string;
  /** Units, 1–1000. */
  quantity: number;
  /** When the gateway accepted it, by its corrected clock. The sale's window is judged on it. */
  acceptedAt: number;
  /** Until when it may be decided. */
  decideBy: number;
}

/** How inventory decided. The words of the HTTP contract. */
export type PurchaseDecision = 'reserved' | 'sold_out' | 'limit_reached' | 'not_started' | 'ended' | 'lapsed';

/** The stored outcome of a request, as the buyer may see it. */
export interface PurchaseOutcome {
  requestId: string;
  saleId: string;
  quantity: number;
  decision: PurchaseDecision;
  /** ms since the Unix epoch, by the database's clock. */
  decidedAt: number;
  /** With `limit_reached`: the buyer's newest reserved purchase in this sale. */
  existingRequestId?: string;
}

/** What seckill-service answers. */
export type PurchaseReply =
  | { kind: 'outcome'; outcome: PurchaseOutcome }
  /** The request id belongs to a purchase of another quantity: the idempotency key was used again. */
  | { kind: 'mismatch' };
