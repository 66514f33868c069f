import type { Ledger, LedgerOutcome, LedgerSale, Terms } from './ledger.js';

/** One sale with what its outcomes add up to. */
export interface SaleBooks {
  readonly sale: LedgerSale;
  /** The first outcome of each request id. */
  readonly outcomes: LedgerOutcome[];
  /** Units of its reserved outcomes, in all and by user. */
  units: number;
  readonly unitsOf: Map<string, number>;
  /** The extremes of all terms that ever held: a decision may have followed any of them. */
  readonly lowest: Terms;
  readonly highest: Terms;
}

/** The ledger, sorted for the checks. */
export interface Books {
  readonly bySale: ReadonlyMap<string, SaleBooks>;
  readonly byId: ReadonlyMap<string, LedgerOutcome>;
  /** Outcomes whose request id another one has already, with that other one. */
  readonly doubles: readonly { readonly first: LedgerOutcome; readonly second: LedgerOutcome }[];
  /** Outcomes of sales that are not in the ledger. */
  readonly strays: readonly LedgerOutcome[];
}

/** Adds the ledger up. */
export function openBooks(ledger: Ledger): Books {
  const bySale = new Map<string, SaleBooks>();
  for (const sale of ledger.sales) {
    const lowest = extreme(sale, Math.min);
    const highest = extreme(sale, Math.max);
    bySale.set(sale.saleId, { sale, outcomes: [], units: 0, unitsOf: new Map(), lowest, highest });
  }
  const byId = new Map<string, LedgerOutcome>();
  const doubles: { first: LedgerOutcome; second: LedgerOutcome }[] = [];
  const strays: LedgerOutcome[] = [];
  for (const outcome of ledger.outcomes) {
    const first = byId.get(outcome.requestId);
    if (first) {
      doubles.push({ first, second: outcome });
      continue;
    }
    byId.set(outcome.requestId, outcome);
    const books = bySale.get(outcome.saleId);
    if (books) enter(books, outcome);
    else strays.push(outcome);
  }
  return { bySale, byId, doubles, strays };
}

function enter(books: SaleBooks, outcome: LedgerOutcome): void {
  books.outcomes.push(outcome);
  if (outcome.decision !== 'reserved') return;
  books.units += outcome.quantity;
  books.unitsOf.set(outcome.userId, (books.unitsOf.get(outcome.userId) ?? 0) + outcome.quantity);
}

function extreme(sale: LedgerSale, pick: (...values: number[]) => number): Terms {
  const over = (name: keyof Terms) =>
    (sale.formerTerms ?? []).reduce((value, former) => pick(value, former[name] ?? value), sale[name]);
  return {
    total: over('total'),
    perUserLimit: over('perUserLimit'),
    opensAt: over('opensAt'),
    closesAt: over('closesAt'),
  };
}
