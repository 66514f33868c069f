import type { Sale, SalePrecondition, SaleRule, SaleTerms } from '@seckill/inventory-client';

/** Conditions of the caller. */
export interface Conditions {
  /** The stored version must be one of these; empty for any. */
  ifMatch: readonly number[];
  mustExist: boolean;
  mustNotExist: boolean;
}

/** The result of a change. */
export type SaleVerdict =
  /** The same terms are stored already. */
  | { kind: 'unchanged' }
  | { kind: 'changed'; available: number }
  | { kind: 'created' }
  | { kind: 'refused'; reason: SaleRule | SalePrecondition; message: string };

/**
 * The rules for changes of a sale. A pure function.
 * @param stored the sale under its lock; undefined if there is none
 * @param now the database's clock after the lock was taken, ms since the Unix epoch
 */
export function changeSale(
  stored: Sale | undefined,
  terms: SaleTerms,
  conditions: Conditions,
  now: number,
): SaleVerdict {
  const { ifMatch, mustExist, mustNotExist } = conditions;
  if (!stored) {
    if (mustExist || ifMatch.length > 0) return refused('sale-missing', 'there is no such sale');
    return { kind: 'created' };
  }
  if (mustNotExist) return refused('sale-exists', 'the sale exists already');
  if (ifMatch.length > 0 && !ifMatch.includes(stored.version))
    return refused('version-mismatch', `the sale is at version ${stored.version}`);
  if (isSame(stored.terms, terms)) return { kind: 'unchanged' };

  const given = stored.reserved + stored.sold;
  if (terms.total < given)
    return refused(
      'total-below-sold',
      `${given} units are reserved or sold: the total cannot be ${terms.total}`,
    );
  if (now >= stored.terms.opensAt) {
    if (terms.opensAt !== stored.terms.opensAt)
      return refused('opens-at-frozen', 'the sale has opened: its opening cannot be moved');
    if (terms.perUserLimit < stored.terms.perUserLimit)
      return refused('limit-lowered', 'the sale has opened: its limit per user can only be raised');
  }
  return { kind: 'changed', available: terms.total - given };
}

function refused(reason: SaleRule | SalePrecondition, message: string): SaleVerdict {
  return { kind: 'refused', reason, message };
}

function isSame(a: SaleTerms, b: SaleTerms): boolean {
  return (
    a.title === b.title &&
    a.total === b.total &&
    a.perUserLimit === b.perUserLimit &&
    a.opensAt === b.opensAt &&
    a.closesAt === b.closesAt
  );
}
