import type { Decision } from './history.js';

/** What the shop has stored, read after everything settled. Times are ms since the epoch, by the ledger's clock. */
export interface Ledger {
  readonly sales: readonly LedgerSale[];
  readonly outcomes: readonly LedgerOutcome[];
  /** The stock as it stood at moments in between, each read in one snapshot. */
  readonly samples?: readonly StockSample[] | undefined;
}

/** What an administrator said about a sale. */
export interface Terms {
  /** Units for sale. */
  readonly total: number;
  /** Units that one user may have. */
  readonly perUserLimit: number;
  /** First moment at which a purchase may be accepted. */
  readonly opensAt: number;
  /** First moment at which a purchase may no longer be accepted. */
  readonly closesAt: number;
}

/** A sale with its stock. */
export interface LedgerSale extends Terms {
  readonly saleId: string;
  readonly available: number;
  readonly reserved: number;
  readonly sold: number;
  /** Terms that held before, if they were changed while buyers were there. Decisions may follow any of them. */
  readonly formerTerms?: readonly Partial<Terms>[] | undefined;
}

/** A stored outcome. */
export interface LedgerOutcome {
  readonly requestId: string;
  readonly saleId: string;
  readonly userId: string;
  readonly quantity: number;
  readonly decision: Decision;
  readonly decidedAt: number;
  /** Absent where it is not known, as for a request that a read found lapsed. */
  readonly acceptedAt?: number | undefined;
  readonly decideBy?: number | undefined;
  /** With limit_reached: the reservation that the user already has. */
  readonly existingRequestId?: string | undefined;
}

/** The stock of a sale at one moment. */
export interface StockSample {
  readonly saleId: string;
  readonly at: number;
  readonly available: number;
  readonly reserved: number;
  readonly sold: number;
  /** The total at that moment. Without it the sample is judged by the highest total that the sale has had. */
  readonly total?: number | undefined;
}
