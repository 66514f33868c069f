import type { Books } from './books.js';
import { outcomesIn, type Observations, type Request } from './requests.js';
import type { AnswerKind, LastWord, SaleSummary } from './verdict.js';

/** Operations by the kind of their answer. */
export function countAnswers({ all }: Observations): Record<AnswerKind, number> {
  const counts: Record<AnswerKind, number> = {
    stored: 0,
    pending: 0,
    refused: 0,
    not_found: 0,
    list: 0,
    unknown: 0,
    malformed: 0,
  };
  for (const { answer } of all) counts[answer.kind]++;
  return counts;
}

/** What became of each sale in the ledger. */
export function summarize(observations: Observations, books: Books): SaleSummary[] {
  const decidedLater = new Map<string, LastWord>();
  for (const { operation, answer } of observations.all) {
    if (operation.kind === 'purchase') continue;
    for (const { requestId, decision } of outcomesIn(answer)) decidedLater.set(requestId, decision);
  }
  const counts = new Map<string, { requests: Record<LastWord, number>; undecided: number }>();
  for (const saleId of books.bySale.keys()) counts.set(saleId, { requests: noRequests(), undecided: 0 });
  for (const request of observations.requests) {
    const count = counts.get(request.saleId);
    if (!count) continue;
    count.requests[lastWord(request, decidedLater)]++;
    for (const id of request.ids) if (!books.byId.has(id)) count.undecided++;
  }
  return [...books.bySale].map(([saleId, { sale, units, unitsOf, highest }]) => {
    const { total, perUserLimit, available } = sale;
    let buyersAboveLimit = 0;
    for (const had of unitsOf.values()) if (had > highest.perUserLimit) buyersAboveLimit++;
    const { requests, undecided } = counts.get(saleId)!;
    const buyers = unitsOf.size;
    return { saleId, total, perUserLimit, available, units, buyers, buyersAboveLimit, requests, undecided };
  });
}

function lastWord({ attempts, ids }: Request, decidedLater: ReadonlyMap<string, LastWord>): LastWord {
  for (const { answer } of attempts) if (answer.kind === 'stored') return answer.outcome.decision;
  for (const id of ids) {
    const decision = decidedLater.get(id);
    if (decision) return decision;
  }
  if (attempts.some(({ answer }) => answer.kind === 'pending')) return 'pending';
  return attempts.every(({ answer }) => answer.kind === 'refused') ? 'refused' : 'unknown';
}

function noRequests(): Record<LastWord, number> {
  return {
    reserved: 0,
    sold_out: 0,
    limit_reached: 0,
    not_started: 0,
    ended: 0,
    lapsed: 0,
    pending: 0,
    refused: 0,
    unknown: 0,
  };
}
