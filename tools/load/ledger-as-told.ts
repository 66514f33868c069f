import {
  DECISIONS,
  type Decision,
  type Ledger,
  type LedgerOutcome,
  type ListedPurchase,
  type ObservedResponse,
} from '@tools/checker';
import type { Whose } from './buyers.js';
import type { SaleBooks } from './sale-admin.js';

/**
 * The ledger put together from what the shop tells over HTTP, for where its database is out of reach: weaker evidence
 * than the rows themselves, since the one who is judged tells it, but stock, counts and every buyer's list still have
 * to agree with one another and with all answers before.
 *
 * @param lists what each of `whose` was told of all their purchases, in the same order
 * @returns with `gaps`, in words: where the books count otherwise than the lists
 */
export function ledgerAsTold(
  books: readonly SaleBooks[],
  whose: readonly Whose[],
  lists: readonly (ObservedResponse | 'unknown')[],
): { ledger: Ledger; gaps: string[] } {
  const outcomes = whose.flatMap((owner, index) => {
    const told = lists[index];
    const purchases = typeof told === 'object' ? (told.purchases ?? []) : [];
    return purchases.flatMap((purchase) => outcomeOf(owner, purchase) ?? []);
  });
  return {
    ledger: { sales: books, outcomes },
    gaps: books.flatMap((sale) => gapsIn(sale, outcomes)),
  };
}

function outcomeOf(
  owner: Whose,
  { decision, decidedAt, quantity = 0, ...rest }: ListedPurchase,
): LedgerOutcome | undefined {
  // What is no outcome yet, or no sense, the checker reads from the list itself.
  if (decidedAt === undefined || decision === 'pending') return undefined;
  return { ...owner, ...rest, decision, decidedAt, quantity };
}

function gapsIn({ saleId, requests }: SaleBooks, outcomes: readonly LedgerOutcome[]): string[] {
  const listed = (decision: Decision) =>
    outcomes.filter((outcome) => outcome.saleId === saleId && outcome.decision === decision).length;
  return DECISIONS.filter((decision) => listed(decision) !== (requests[decision] ?? 0)).map(
    (decision) =>
      `${saleId}: the books count ${requests[decision] ?? 0} requests as ${decision}, the buyers' lists ${listed(decision)}.`,
  );
}
