import { openBooks } from './books.js';
import { checkAnswers } from './check-answers.js';
import { checkHistory } from './check-history.js';
import { checkKeys } from './check-keys.js';
import { checkOrder } from './check-order.js';
import { checkOrigin } from './check-origin.js';
import { checkOutcomes } from './check-outcomes.js';
import { checkStock } from './check-stock.js';
import { Findings } from './findings.js';
import type { History } from './history.js';
import type { Ledger } from './ledger.js';
import { observe } from './requests.js';
import { countAnswers, summarize } from './summary.js';
import type { Verdict } from './verdict.js';

/** How much `check` reports, and what it may expect. */
export interface CheckOptions {
  /**
   * Violations of each check that are kept with their facts; all of them are counted.
   * @default 20
   */
  readonly violationsKept?: number;
  /**
   * False when the recording was broken off before everything settled: that something is pending still is not held
   * against the shop then.
   * @default true
   */
  readonly settled?: boolean;
}

/**
 * Judges what buyers saw and what is stored, after everything settled, by the invariants I1–I7 of ARCHITECTURE.md
 * (and I8, I11 as far as they show here). Pure; takes time in proportion to the history, apart from sorting.
 *
 * It finds violations that left a trace in one of the two. It assumes that units are never given back, which holds as
 * long as the shop has no cancellation.
 */
export function check(history: History, ledger: Ledger, options: CheckOptions = {}): Verdict {
  const findings = new Findings(options.violationsKept ?? 20);
  const observations = observe(history);
  const books = openBooks(ledger);

  checkHistory(observations, findings);
  checkStock(ledger, observations, books, findings);
  checkOutcomes(books, findings);
  checkKeys(observations, books, findings);
  checkAnswers(observations, books, findings, options.settled ?? true);
  checkOrder(observations, books, findings);
  checkOrigin(observations, books, findings);

  return {
    ok: Object.keys(findings.counts).length === 0,
    violations: findings.violations,
    counts: findings.counts,
    operations: history.operations.length,
    answers: countAnswers(observations),
    sales: summarize(observations, books),
  };
}
