import type { Books } from './books.js';
import type { Findings } from './findings.js';
import type { LedgerOutcome } from './ledger.js';
import { joined, outcomesIn, type Observations, type Request } from './requests.js';

/**
 * I5, from the ledger's side: every outcome was caused by a purchase that was not certainly refused. An outcome that
 * nobody was told of needs an attempt of that user whose answer got lost, and one such request explains one outcome.
 * Only in sales of which the history is complete.
 */
export function checkOrigin(observations: Observations, books: Books, findings: Findings): void {
  const told = idsToldOf(observations);
  const causes = causesByUser(observations);
  for (const { sale, outcomes } of books.bySale.values()) {
    if (!observations.isComplete(sale.saleId)) continue;
    const untold = new Map<string, LedgerOutcome[]>();
    for (const outcome of outcomes) {
      if (told.has(outcome.requestId)) continue;
      const ofUser = untold.get(outcome.userId);
      if (ofUser) ofUser.push(outcome);
      else untold.set(outcome.userId, [outcome]);
    }
    for (const [userId, ofUser] of untold) {
      for (const outcome of unexplained(ofUser, causes.get(joined(sale.saleId, userId)) ?? [])) {
        const { saleId, requestId, decision } = outcome;
        findings.add(
          'unasked-outcome',
          `${userId} in ${saleId}: ${requestId} is ${decision}, and no purchase can have caused it.`,
          { outcome },
        );
      }
    }
  }
}

/** Ids that were answered; other checks judge whether rightly. */
function idsToldOf({ all, byId }: Observations): Set<string> {
  const told = new Set(byId.keys());
  for (const { operation, answer } of all) {
    for (const { requestId } of outcomesIn(answer)) told.add(requestId);
    if (answer.kind === 'pending') told.add(answer.requestId);
    const refusedAlone =
      answer.kind === 'refused' && operation.kind === 'purchase' && operation.idempotencyKey === undefined;
    if (refusedAlone && answer.response.requestId !== undefined) told.add(answer.response.requestId);
  }
  return told;
}

/** For each user in a sale: what may have been carried out unseen. One set of quantities per request. */
function causesByUser({ requests }: Observations): Map<string, Set<number>[]> {
  const causes = new Map<string, Set<number>[]>();
  for (const request of requests) {
    if (request.ids.length > 0) continue;
    const quantities = quantitiesMaybeSent(request);
    if (quantities.size === 0) continue;
    const whose = joined(request.saleId, request.userId);
    const ofUser = causes.get(whose);
    if (ofUser) ofUser.push(quantities);
    else causes.set(whose, [quantities]);
  }
  return causes;
}

function quantitiesMaybeSent({ attempts }: Request): Set<number> {
  const quantities = new Set<number>();
  for (const { operation, answer } of attempts) {
    if (answer.kind === 'unknown' || answer.kind === 'malformed') quantities.add(operation.quantity);
  }
  return quantities;
}

/**
 * Outcomes for which no cause is left when each cause explains one of its quantities. Causes with one quantity come
 * first: they serve nothing else. The few that are left (a key sent with several quantities) are matched by
 * augmenting paths.
 */
function unexplained(outcomes: readonly LedgerOutcome[], causes: readonly Set<number>[]): LedgerOutcome[] {
  const single = new Map<number, number>();
  const several: Set<number>[] = [];
  for (const cause of causes) {
    const [quantity] = cause;
    if (cause.size === 1) single.set(quantity!, (single.get(quantity!) ?? 0) + 1);
    else several.push(cause);
  }
  const rest = outcomes.filter(({ quantity }) => {
    const left = single.get(quantity) ?? 0;
    if (left > 0) single.set(quantity, left - 1);
    return left === 0;
  });
  const explains = new Map<number, LedgerOutcome>();
  return rest.filter((outcome) => !assign(outcome, several, explains, new Set()));
}

function assign(
  outcome: LedgerOutcome,
  causes: readonly Set<number>[],
  explains: Map<number, LedgerOutcome>,
  tried: Set<number>,
): boolean {
  for (const [index, cause] of causes.entries()) {
    if (tried.has(index) || !cause.has(outcome.quantity)) continue;
    tried.add(index);
    const current = explains.get(index);
    if (current && !assign(current, causes, explains, tried)) continue;
    explains.set(index, outcome);
    return true;
  }
  return false;
}
