/**
 * Why inventory refuses, for programs: beside the status code and the sentence for people, an error carries these keys in
 * its trailing metadata.
 */

/** Metadata key whose value is one of `InventoryReason`. */
export const REASON_KEY = 'seckill-reason';

/** Metadata key that names the field of an INVALID_ARGUMENT, such as `terms.title`. */
export const FIELD_KEY = 'seckill-field';

/** Rules of a sale that forbid a change. Status ABORTED. */
export type SaleRule =
  /** The new total is below the units reserved and sold. */
  | 'total-below-sold'
  /** The sale has opened: its opening cannot be moved. */
  | 'opens-at-frozen'
  /** The sale has opened: its limit per user can only be raised. */
  | 'limit-lowered'
  /** The sale is over, and its outcomes are being deleted. */
  | 'being-purged';

/** Conditions of the caller that do not hold. Status FAILED_PRECONDITION. */
export type SalePrecondition =
  /** The stored version is none of the required ones. */
  | 'version-mismatch'
  /** The sale must exist and does not. */
  | 'sale-missing'
  /** The sale must not exist and does. */
  | 'sale-exists';

/** All values of `REASON_KEY`. */
export type InventoryReason =
  | SaleRule
  | SalePrecondition
  /** Status NOT_FOUND: there is no such sale. */
  | 'unknown-sale'
  /** Status NOT_FOUND: there is no such request of this user in this sale. */
  | 'unknown-purchase'
  /** Status INVALID_ARGUMENT, see `FIELD_KEY`. */
  | 'invalid';

const rules: readonly string[] = [
  'total-below-sold',
  'opens-at-frozen',
  'limit-lowered',
  'being-purged',
] satisfies SaleRule[];
const preconditions: readonly string[] = [
  'version-mismatch',
  'sale-missing',
  'sale-exists',
] satisfies SalePrecondition[];

/** Whether a text is a rule of a sale. */
export const isSaleRule = (word: string): word is SaleRule => rules.includes(word);

/** Whether a text is a precondition of a change. */
export const isSalePrecondition = (word: string): word is SalePrecondition => preconditions.includes(word);
