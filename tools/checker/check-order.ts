import type { Books, SaleBooks } from './books.js';
import type { Findings } from './findings.js';
import type { Operation } from './history.js';
import type { LedgerOutcome } from './ledger.js';
import { idIn, joined, outcomesIn, type Observations, type Observed, type Request } from './requests.js';

/**
 * Real time: what one answer told must still hold for every question asked after it (I2, I5, I6).
 * Only operations that did not overlap are compared, so no order is assumed where there is none. Equal times overlap:
 * the recorder's clock may be cut to whole milliseconds.
 */
export function checkOrder(observations: Observations, books: Books, findings: Findings): void {
  const told = whenTold(observations.all);
  checkReads(observations, told, findings);
  checkLists(observations, told, findings);
  checkGrants(observations, books, findings);
}

interface Told {
  /** Who was answered first. No other user may be answered. */
  readonly userId: string;
  /** When the id was known to that user; when the outcome was. */
  named: number;
  decided: number;
}

function whenTold(all: readonly Observed[]): Map<string, Told> {
  const told = new Map<string, Told>();
  const note = (requestId: string, { userId, completedAt }: Operation, decided: boolean) => {
    let entry = told.get(requestId);
    if (!entry) told.set(requestId, (entry = { userId, named: Infinity, decided: Infinity }));
    if (entry.userId !== userId || completedAt === undefined) return;
    entry.named = Math.min(entry.named, completedAt);
    if (decided) entry.decided = Math.min(entry.decided, completedAt);
  };
  for (const { operation, answer } of all) {
    for (const { requestId } of outcomesIn(answer)) note(requestId, operation, true);
    if (answer.kind === 'pending') note(answer.requestId, operation, false);
  }
  return told;
}

function checkReads({ reads }: Observations, told: ReadonlyMap<string, Told>, findings: Findings): void {
  for (const { operation, answer } of reads) {
    const { operationId, userId, saleId, requestId, invokedAt } = operation;
    const before = told.get(requestId);
    if (before?.userId !== userId) continue;
    const facts = { operationId, userId, saleId, requestId };
    if (answer.kind === 'not_found' && before.named < invokedAt) {
      findings.add(
        'forgotten',
        `${userId} in ${saleId}: ${requestId} was answered before, and is now unknown.`,
        facts,
      );
    }
    if (answer.kind === 'pending' && before.decided < invokedAt) {
      findings.add(
        'went-back',
        `${userId} in ${saleId}: ${requestId} was decided, and is now pending.`,
        facts,
      );
    }
  }
}

/** A list has at most so many entries, the newest. */
const LIST_CAP = 100;

function checkLists({ all, lists }: Observations, told: ReadonlyMap<string, Told>, findings: Findings): void {
  const decidedOf = new Map<string, { requestId: string; at: number }[]>();
  for (const { operation } of lists) decidedOf.set(joined(operation.saleId, operation.userId), []);
  if (decidedOf.size === 0) return;
  const noted = new Set<string>();
  for (const { operation, answer } of all) {
    if (answer.kind !== 'stored') continue;
    const { requestId } = answer.outcome;
    const first = told.get(requestId);
    const entries = decidedOf.get(joined(operation.saleId, operation.userId));
    if (!entries || first?.userId !== operation.userId || noted.has(requestId)) continue;
    noted.add(requestId);
    entries.push({ requestId, at: first.decided });
  }
  for (const entries of decidedOf.values()) entries.sort((a, b) => a.at - b.at);

  for (const { operation, answer } of lists) {
    if (answer.kind !== 'list' || answer.outcomes.length >= LIST_CAP) continue;
    const { operationId, userId, saleId, invokedAt } = operation;
    const listed = new Set(answer.outcomes.map((outcome) => outcome.requestId));
    // Sorted by time, and at most LIST_CAP of them can be listed: this ends early however long the history is.
    const missing = decidedOf
      .get(joined(saleId, userId))
      ?.find(({ requestId, at }) => at >= invokedAt || !listed.has(requestId));
    if (!missing || missing.at >= invokedAt) continue;
    const { requestId } = missing;
    findings.add(
      'forgotten',
      `${userId} in ${saleId}: a list lacks ${requestId}, which was answered before.`,
      {
        operationId,
        userId,
        saleId,
        requestId,
      },
    );
  }
}

/**
 * Units only get fewer in this version: who asks after a refusal was told, for as many units or more, cannot get
 * them. The same holds for the limit of one user. Needs a complete history, which shows the first attempt of a key,
 * and terms that never changed.
 */
function checkGrants(observations: Observations, books: Books, findings: Findings): void {
  const soldOut = new Refusals();
  const limited = new Refusals();
  for (const { operation, answer } of observations.all) {
    if (operation.kind !== 'purchase' || operation.completedAt === undefined) continue;
    const decision = answer.kind === 'stored' ? answer.outcome.decision : refusedAs(answer);
    const id = idIn(answer);
    const quantity = (id === undefined ? undefined : books.byId.get(id)?.quantity) ?? operation.quantity;
    if (decision === 'sold_out') soldOut.add(operation.saleId, operation.completedAt, quantity);
    if (decision === 'limit_reached') {
      limited.add(joined(operation.saleId, operation.userId), operation.completedAt, quantity);
    }
  }
  for (const request of observations.requests) {
    const sale = books.bySale.get(request.saleId);
    const granted = grantOf(request, books);
    if (!sale || !granted || !observations.isComplete(request.saleId)) continue;
    const asked = request.attempts.reduce((at, { operation }) => Math.min(at, operation.invokedAt), Infinity);
    const { saleId, userId } = request;
    const afterSoldOut = kept(sale, 'total') && soldOut.before(saleId, asked, granted.quantity);
    const afterLimit =
      kept(sale, 'perUserLimit') && limited.before(joined(saleId, userId), asked, granted.quantity);
    if (!afterSoldOut && !afterLimit) continue;
    const whom = afterSoldOut ? 'somebody' : 'the same user';
    findings.add(
      'sold-after-refusal',
      `${userId} in ${saleId}: got ${granted.quantity} units, asked for after ${whom} had been refused as many or fewer.`,
      { saleId, userId, asked, granted },
    );
  }
}

function refusedAs(answer: Observed['answer']): string | undefined {
  return answer.kind === 'refused' && answer.response.status === 409 ? answer.response.decision : undefined;
}

function grantOf(request: Request, books: Books): LedgerOutcome | undefined {
  for (const id of request.ids) {
    const stored = books.byId.get(id);
    if (stored?.decision === 'reserved') return stored;
  }
  return undefined;
}

function kept({ lowest, highest }: SaleBooks, name: 'total' | 'perUserLimit'): boolean {
  return lowest[name] === highest[name];
}

/** Refusals by when they were told: finds out whether so few units had been refused before a moment. */
class Refusals {
  readonly #of = new Map<string, { at: number; quantity: number }[]>();
  readonly #sorted = new Set<string>();

  add(whose: string, at: number, quantity: number): void {
    const entries = this.#of.get(whose);
    if (entries) entries.push({ at, quantity });
    else this.#of.set(whose, [{ at, quantity }]);
  }

  before(whose: string, moment: number, quantity: number): boolean {
    const entries = this.#of.get(whose);
    if (!entries) return false;
    if (!this.#sorted.has(whose)) this.#sort(whose, entries);
    let low = 0;
    let high = entries.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (entries[middle]!.at < moment) low = middle + 1;
      else high = middle;
    }
    return low > 0 && entries[low - 1]!.quantity <= quantity;
  }

  /** Afterwards each entry has the least quantity refused up to its moment. */
  #sort(whose: string, entries: { at: number; quantity: number }[]): void {
    entries.sort((a, b) => a.at - b.at);
    let least = Infinity;
    for (const entry of entries) {
      least = Math.min(least, entry.quantity);
      entry.quantity = least;
    }
    this.#sorted.add(whose);
  }
}
