/** How requests are written. */
const ledgerWays = ['inventory', 'plain insert', 'row locks'] as const;

/** @see ledgerWays */
export type LedgerWay = (typeof ledgerWays)[number];

/** One round of writing. */
export interface LedgerOrder {
  readonly way: LedgerWay;
  /** Requests in one transaction; row locks know only 1. */
  readonly size: number;
  readonly url: string;
  readonly saleIds: readonly string[];
  readonly rampMs: number;
  readonly measureMs: number;
}

/** What was written in the time that counts. */
export interface LedgerSeen {
  readonly requests: number;
  readonly elapsedMs: number;
}
