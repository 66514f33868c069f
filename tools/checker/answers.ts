import {
  DECISIONS,
  type Decision,
  type ListedPurchase,
  type ObservedResponse,
  type Operation,
} from './history.js';

/** An outcome as it was answered. */
export interface ToldOutcome {
  readonly requestId: string;
  readonly decision: Decision;
  readonly decidedAt: number;
  readonly quantity: number | undefined;
  readonly existingRequestId: string | undefined;
}

/** What an answer means. */
export type Answer =
  | { readonly kind: 'stored'; readonly outcome: ToldOutcome }
  | { readonly kind: 'pending'; readonly requestId: string }
  /** A purchase refused before the queue: it binds nothing and was certainly not carried out. Or a refused question. */
  | { readonly kind: 'refused'; readonly response: ObservedResponse }
  | { readonly kind: 'not_found' }
  | { readonly kind: 'list'; readonly outcomes: readonly ToldOutcome[] }
  /** No answer, or one that says nothing about the request: it may have been carried out. */
  | { readonly kind: 'unknown' }
  | { readonly kind: 'malformed'; readonly why: string };

const UNKNOWN: Answer = { kind: 'unknown' };
const NOT_FOUND: Answer = { kind: 'not_found' };

/** Reads the answer to one operation by the gateway's HTTP contract. */
export function answerTo(operation: Operation): Answer {
  const { response } = operation;
  if (response === undefined || response === 'unknown') return UNKNOWN;
  if (operation.kind === 'purchase') return answerToPurchase(response);
  return operation.kind === 'read' ? answerToRead(response) : answerToList(response);
}

function answerToPurchase(response: ObservedResponse): Answer {
  const { status, decision } = response;
  if (status === 201) {
    return decision === 'reserved' ? stored(response) : malformed(`201 says ${decision}, not reserved`);
  }
  if (status === 202) {
    if (decision !== 'pending') return malformed(`202 says ${decision}, not pending`);
    return response.requestId === undefined
      ? malformed('202 names no request')
      : { kind: 'pending', requestId: response.requestId };
  }
  if (status === 409) {
    if (!isDecision(decision) || decision === 'reserved') {
      return malformed(`409 of type ${response.problem} is no refusal`);
    }
    if (response.decidedAt !== undefined) return stored(response);
    // Only the ledger knows that a request lapsed.
    return decision === 'lapsed' ? malformed('409 lapsed without decidedAt') : { kind: 'refused', response };
  }
  return refusal(response) ?? malformed(`${status} is no answer to a purchase`);
}

function answerToRead(response: ObservedResponse): Answer {
  const { status, decision, requestId } = response;
  if (status === 404) return NOT_FOUND;
  if (status !== 200) return withoutOutcome(response);
  if (decision !== 'pending') return stored(response);
  return requestId === undefined ? malformed('200 names no request') : { kind: 'pending', requestId };
}

function answerToList(response: ObservedResponse): Answer {
  if (response.status !== 200) return withoutOutcome(response);
  if (!response.purchases) return malformed('a list without purchases');
  const outcomes: ToldOutcome[] = [];
  for (const entry of response.purchases) {
    const answer = stored(entry);
    if (answer.kind !== 'stored') return answer;
    outcomes.push(answer.outcome);
  }
  return { kind: 'list', outcomes };
}

/** A question that was not answered tells nothing about the request that it was about. */
function withoutOutcome(response: ObservedResponse): Answer {
  return refusal(response) ?? malformed(`${response.status} is no answer to a question`);
}

/** 503 and 4xx are certain; of any other error of the server it is not known how far it came. */
function refusal(response: ObservedResponse): Answer | undefined {
  const { status } = response;
  if (status === 503 || (status >= 400 && status < 500)) return { kind: 'refused', response };
  return status >= 500 ? UNKNOWN : undefined;
}

function stored(said: ObservedResponse | ListedPurchase): Answer {
  const { requestId, decision, decidedAt, quantity, existingRequestId } = said;
  if (requestId === undefined) return malformed('an outcome without requestId');
  if (!isDecision(decision)) return malformed(`an outcome that says ${decision}`);
  if (decidedAt === undefined || !Number.isFinite(decidedAt)) {
    return malformed('an outcome without decidedAt');
  }
  if (decision === 'reserved' && quantity === undefined) return malformed('a reservation without quantity');
  return { kind: 'stored', outcome: { requestId, decision, decidedAt, quantity, existingRequestId } };
}

function isDecision(word: string | undefined): word is Decision {
  return (DECISIONS as readonly (string | undefined)[]).includes(word);
}

function malformed(why: string): Answer {
  return { kind: 'malformed', why };
}
