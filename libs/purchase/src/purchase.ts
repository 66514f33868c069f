import { purchaseV1, type inventoryV1 } from '@seckill/contracts';
import { PurchaseProtocolError } from './errors.js';

/**
 * A purchase that a gateway has accepted. One shape from the gateway to the ledger: on the queue, in calls of inventory
 * and in the decision itself.
 *
 * `acceptedAtMs` and `decideByMs` are ms since the Unix epoch, by the ledger's clock.
 */
export type Purchase = purchaseV1.Purchase;

/** A purchase of which nothing is known: each field is zero or empty. */
export const blankPurchase = (): Purchase => purchaseV1.Purchase.decode(new Uint8Array());

/**
 * Whether a request was only asked about: who reads it does not know when it was accepted (`acceptedAtMs` 0), and maybe
 * not how many units it was for (`quantity` 0). It lapses if its time is over, and is left alone otherwise.
 */
export function isQuestion({ acceptedAtMs }: Purchase): boolean {
  return acceptedAtMs === 0;
}

/** How a request was decided. Never changes once stored. The words of the HTTP contract and of the ledger. */
export type Decision = Exclude<inventoryV1.Decision, 'unspecified' | 'unrecognized'>;

const decisions: Readonly<Record<Decision, true>> = {
  reserved: true,
  sold_out: true,
  limit_reached: true,
  not_started: true,
  ended: true,
  lapsed: true,
};

/** All decisions. */
export const DECISIONS = Object.keys(decisions) as readonly Decision[];

/**
 * The stored outcome of a request. One shape from the ledger to the gateway.
 *
 * `decidedAtMs` is in ms since the Unix epoch, by the ledger's clock; `existingRequestId` is empty when there is none.
 */
export interface Outcome extends inventoryV1.Outcome {
  decision: Decision;
}

/** Why a purchase has no outcome, and will not get one by being repeated. */
export type Refusal = inventoryV1.Refusal;

/** What is known of a purchase once it was to be decided. */
export type Decided =
  /** The stored outcome: of this purchase, or of an earlier one with the same request id. */
  | { $case: 'outcome'; value: Outcome }
  /** Nothing is stored. */
  | { $case: 'refusal'; value: Refusal }
  /** The request id is taken by a purchase of another sale, user or quantity. */
  | { $case: 'mismatch'; value: inventoryV1.Mismatch };

/** `Decided` as it travels, in calls of inventory and on the way back from the queue. */
export interface DecideResult extends inventoryV1.DecideResult {
  result: Decided;
}

/** @throws PurchaseProtocolError for a decision that this version does not know */
export function checkDecision(decision: inventoryV1.Decision): asserts decision is Decision {
  if (!Object.hasOwn(decisions, decision))
    throw new PurchaseProtocolError(`the decision is "${decision}"; does it come from a later version?`);
}

/** @throws PurchaseProtocolError for one with a decision that this version does not know */
export function checkOutcome(outcome: inventoryV1.Outcome): asserts outcome is Outcome {
  checkDecision(outcome.decision);
}

/** @throws PurchaseProtocolError for one without a result, or with a decision that this version does not know */
export function checkResult(decided: inventoryV1.DecideResult): asserts decided is DecideResult {
  const { result } = decided;
  if (!result)
    throw new PurchaseProtocolError('an answer without a result; does it come from another version?');
  if (result.$case === 'outcome') checkOutcome(result.value);
}
