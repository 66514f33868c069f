import type { Books, SaleBooks } from './books.js';
import type { Findings } from './findings.js';
import type { LedgerOutcome } from './ledger.js';

/** What can be said of the stored outcomes by themselves: limits (I3), one outcome each (I4), deadlines (I11). */
export function checkOutcomes(books: Books, findings: Findings): void {
  for (const { first, second } of books.doubles) {
    findings.add('two-outcomes', `Request ${first.requestId} has two outcomes.`, { first, second });
  }
  for (const outcome of books.strays) {
    findings.add(
      'impossible-outcome',
      `Request ${outcome.requestId} was decided in a sale that is not there.`,
      {
        outcome,
      },
    );
  }
  for (const sale of books.bySale.values()) {
    checkLimits(sale, findings);
    for (const outcome of sale.outcomes) {
      checkPossible(outcome, findings);
      checkDeadline(outcome, findings);
      checkWindow(outcome, sale, findings);
      checkExisting(outcome, books, findings);
    }
  }
}

function checkLimits({ sale, outcomes, unitsOf, lowest, highest }: SaleBooks, findings: Findings): void {
  const { saleId } = sale;
  for (const [userId, units] of unitsOf) {
    if (units <= highest.perUserLimit) continue;
    const limit = highest.perUserLimit;
    findings.add('over-limit', `${saleId}: ${userId} has ${units} units, the limit is ${limit}.`, {
      saleId,
      userId,
      units,
      limit,
    });
  }
  for (const { requestId, userId, decision, quantity } of outcomes) {
    const units = unitsOf.get(userId) ?? 0;
    if (decision !== 'limit_reached' || units + quantity > lowest.perUserLimit) continue;
    findings.add(
      'needless-limit-refusal',
      `${saleId}: ${userId} has ${units} units, asked for ${quantity} and was refused for a limit of ${lowest.perUserLimit}.`,
      { saleId, requestId, userId, units, quantity, limit: lowest.perUserLimit },
    );
  }
}

function checkPossible(outcome: LedgerOutcome, findings: Findings): void {
  const { requestId, quantity, decision } = outcome;
  // A request that a read found lapsed may come without its quantity.
  const possible = decision === 'lapsed' ? quantity >= 0 : quantity > 0;
  if (possible && Number.isInteger(quantity) && Number.isFinite(outcome.decidedAt)) return;
  findings.add('impossible-outcome', `Request ${requestId} is ${decision} with a quantity of ${quantity}.`, {
    outcome,
  });
}

function checkDeadline(outcome: LedgerOutcome, findings: Findings): void {
  const { requestId, decision, decidedAt, decideBy } = outcome;
  if (decideBy === undefined) return;
  if (decision === 'lapsed' && decidedAt < decideBy) {
    findings.add('lapsed-early', `Request ${requestId} lapsed ${decideBy - decidedAt} ms before its time.`, {
      outcome,
    });
  }
  if (decision !== 'lapsed' && decidedAt > decideBy) {
    findings.add('late-decision', `Request ${requestId} was decided ${decidedAt - decideBy} ms too late.`, {
      outcome,
    });
  }
}

function checkWindow(outcome: LedgerOutcome, { lowest, highest }: SaleBooks, findings: Findings): void {
  const { requestId, decision, acceptedAt } = outcome;
  if (acceptedAt === undefined) return;
  const wrong =
    (decision === 'reserved' && (acceptedAt < lowest.opensAt || acceptedAt >= highest.closesAt)) ||
    (decision === 'not_started' && acceptedAt >= highest.opensAt) ||
    (decision === 'ended' && acceptedAt < lowest.closesAt);
  if (!wrong) return;
  findings.add('window-misjudged', `Request ${requestId}, accepted at ${acceptedAt}, is ${decision}.`, {
    outcome,
    opensAt: lowest.opensAt,
    closesAt: highest.closesAt,
  });
}

function checkExisting(outcome: LedgerOutcome, books: Books, findings: Findings): void {
  const { requestId, existingRequestId, saleId, userId } = outcome;
  if (existingRequestId === undefined) return;
  const existing = books.byId.get(existingRequestId);
  const theirs = existing?.saleId === saleId && existing.userId === userId;
  if (theirs && existing.decision === 'reserved') return;
  findings.add(
    'wrong-existing-purchase',
    `Request ${requestId} names ${existingRequestId} as a reservation.`,
    {
      outcome,
      existing,
    },
  );
}
