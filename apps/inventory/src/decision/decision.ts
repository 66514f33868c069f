import type { Outcome, Purchase } from '@seckill/purchase';

/** What a purchase, or a question about one, came to. */
export type Verdict =
  /** Its outcome is stored; `mismatch` if the request id belongs to another sale, user or quantity. */
  | { kind: 'outcome'; outcome: Outcome; mismatch: boolean }
  /** Nothing is stored: there is no such sale. */
  | { kind: 'unknown sale' }
  /** Nothing is stored: a request that was asked about still has time. */
  | { kind: 'pending' }
  /** Nothing is stored: the database refuses the row. */
  | { kind: 'invalid'; message: string };

/** The facts of a sale that a decision depends on. */
export interface SaleState {
  /** Units left. */
  available: number;
  perUserLimit: number;
  /** ms since the Unix epoch. */
  opensAt: number;
  /** ms since the Unix epoch. */
  closesAt: number;
}

/** What a user has in a sale. */
export interface Holding {
  /** Units in sum. */
  units: number;
  /** The newest reserved request. */
  newest: string;
}

/** Everything that is known when a batch is decided, read after the sales were locked. */
export interface Known {
  /** The database's clock after the locks were taken, ms since the Unix epoch. */
  now: number;
  /** By sale id. A sale that is not here does not exist. */
  sales: ReadonlyMap<string, SaleState>;
  /** Outcomes of requests of this batch that are stored already, by request id. */
  stored: ReadonlyMap<string, Outcome>;
  /** By `holder()`. A user who is not here has nothing. */
  holdings: ReadonlyMap<string, Holding>;
}

/** An outcome that is to be written. */
export interface FreshOutcome {
  purchase: Purchase;
  outcome: Outcome;
}

/** How a batch was decided. */
export interface DecidedBatch {
  /** One per purchase, in the same order. */
  verdicts: Verdict[];
  /** Outcomes that were not there before. */
  fresh: FreshOutcome[];
  /** Units that became reserved, by sale id. */
  taken: Map<string, number>;
}

/** Key of a user in a sale. A sale id has no space in it. */
export function holder({ saleId, userId }: Pick<Purchase, 'saleId' | 'userId'>): string {
  return `${saleId} ${userId}`;
}
