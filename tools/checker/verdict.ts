import type { Status } from './history.js';

/** Invariants of ARCHITECTURE.md; `history` and `contract` are what they are judged by. */
export type Invariant = 'I1' | 'I2' | 'I3' | 'I4' | 'I5' | 'I6' | 'I8' | 'I11' | 'history' | 'contract';

/**
 * Every check, the invariant that it serves, and what is true when it finds nothing. I7 (a failed push never changes
 * the outcome) has no check of its own: an answer that got lost leaves the same traces as any other, and
 * `key-changed-outcome`, `disagreement` and `unasked-outcome` look at them.
 */
export const CHECKS = {
  'impossible-history': { invariant: 'history', holds: 'no answer came before its question' },
  'malformed-answer': { invariant: 'contract', holds: 'every answer says what the contract promises' },
  oversold: { invariant: 'I1', holds: 'reserved + sold never exceeded the stock' },
  unbalanced: { invariant: 'I2', holds: 'available + reserved + sold is the total' },
  'stock-differs-from-outcomes': { invariant: 'I2', holds: 'the stock is what the outcomes add up to' },
  undersold: { invariant: 'I2', holds: 'no request was answered sold out while units were left' },
  'sold-after-refusal': { invariant: 'I2', holds: 'nobody got what an earlier buyer had been refused' },
  'over-limit': { invariant: 'I3', holds: 'no user has more than the limit' },
  'needless-limit-refusal': { invariant: 'I3', holds: 'nobody was refused below the limit' },
  'key-changed-outcome': { invariant: 'I3', holds: 'one idempotency key is one request' },
  'needless-key-refusal': { invariant: 'I3', holds: 'no key was refused without having been used otherwise' },
  'refused-after-outcome': { invariant: 'I3', holds: 'no key was refused once it had its outcome' },
  'two-outcomes': { invariant: 'I4', holds: 'every request has one outcome' },
  'impossible-outcome': { invariant: 'I4', holds: 'every outcome can be one' },
  'not-durable': { invariant: 'I4', holds: 'every outcome that was answered is stored' },
  'false-reservation': { invariant: 'I5', holds: 'every reservation that was answered exists' },
  'false-refusal': { invariant: 'I5', holds: 'nothing that was refused is reserved' },
  'needless-refusal': { invariant: 'I5', holds: 'nobody was turned away from a sale that is there' },
  'pending-for-ever': { invariant: 'I5', holds: 'everything that was pending is decided' },
  forgotten: { invariant: 'I5', holds: 'what was answered can be read again' },
  'unasked-outcome': { invariant: 'I5', holds: 'every outcome has a purchase that may have caused it' },
  disagreement: { invariant: 'I6', holds: 'pushed, polled and repeated answers agree with the ledger' },
  'went-back': { invariant: 'I6', holds: 'nothing decided became pending again' },
  'wrong-existing-purchase': { invariant: 'I6', holds: 'a limit names a reservation of that user' },
  misdelivered: { invariant: 'I8', holds: 'nobody got the answer to another request' },
  'late-decision': { invariant: 'I11', holds: 'nothing was decided after its decideBy' },
  'lapsed-early': { invariant: 'I11', holds: 'nothing lapsed before its decideBy' },
  'window-misjudged': { invariant: 'I11', holds: 'the window was kept, by acceptedAt' },
} as const satisfies Record<string, { invariant: Invariant; holds: string }>;

/** Name of a check. */
export type CheckName = keyof typeof CHECKS;

/** One thing that should not have happened. */
export interface Violation {
  readonly check: CheckName;
  readonly invariant: Invariant;
  /** A sentence for people. */
  readonly message: string;
  /** Ids, what was seen and what is stored. */
  readonly facts: Readonly<Record<string, unknown>>;
}

/** What a request was told in the end; `refused` before the queue, `unknown` when no answer was seen. */
export type LastWord = Status | 'refused' | 'unknown';

/** What became of one sale. */
export interface SaleSummary {
  readonly saleId: string;
  readonly total: number;
  readonly perUserLimit: number;
  readonly available: number;
  /** Units of the reserved outcomes. */
  readonly units: number;
  /** Users who have units, and those of them who have more than the limit. */
  readonly buyers: number;
  readonly buyersAboveLimit: number;
  /** Requests by what they were told in the end. A key is one request, however often it was repeated. */
  readonly requests: Readonly<Record<LastWord, number>>;
  /** Requests that were answered, with an outcome or as pending, and have no outcome in the ledger. */
  readonly undecided: number;
}

/** What `check` found. */
export interface Verdict {
  readonly ok: boolean;
  /** The first few of each check. */
  readonly violations: readonly Violation[];
  /** How many each check found in all; checks that found none are left out. */
  readonly counts: Readonly<Partial<Record<CheckName, number>>>;
  readonly operations: number;
  /** Operations by the kind of answer. */
  readonly answers: Readonly<Record<AnswerKind, number>>;
  readonly sales: readonly SaleSummary[];
}

/** Kinds of answers to one operation. */
export type AnswerKind = 'stored' | 'pending' | 'refused' | 'not_found' | 'list' | 'unknown' | 'malformed';
