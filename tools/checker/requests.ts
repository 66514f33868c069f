import { answerTo, type Answer, type ToldOutcome } from './answers.js';
import type { History, ListOperation, Operation, PurchaseOperation, ReadOperation } from './history.js';

/** An operation with what its answer means. */
export interface Observed<O extends Operation = Operation> {
  readonly operation: O;
  readonly answer: Answer;
}

/** One business request: all attempts of one user in one sale with one key, or a single attempt without a key. */
export interface Request {
  readonly saleId: string;
  readonly userId: string;
  readonly key: string | undefined;
  readonly attempts: Observed<PurchaseOperation>[];
  /** Ids under which a stored or pending answer was given to its attempts. More than one is a violation. */
  readonly ids: string[];
}

/** A history sorted into requests. */
export interface Observations {
  readonly all: readonly Observed[];
  readonly reads: readonly Observed<ReadOperation>[];
  readonly lists: readonly Observed<ListOperation>[];
  readonly requests: readonly Request[];
  /** The request whose attempts were answered under an id. */
  readonly byId: ReadonlyMap<string, Request>;
  /** Ids under which more than one request was answered: each is a violation. */
  readonly shared: ReadonlyMap<string, readonly Request[]>;
  readonly isComplete: (saleId: string) => boolean;
}

/** Joins parts of an identity into a key of a map; the length keeps the parts apart, whatever they contain. */
export function joined(first: string, second: string): string {
  return `${first.length} ${first} ${second}`;
}

/** Reads every answer and finds out which attempts are the same request. */
export function observe(history: History): Observations {
  const all: Observed[] = [];
  const reads: Observed<ReadOperation>[] = [];
  const lists: Observed<ListOperation>[] = [];
  const requests: Request[] = [];
  const byKey = new Map<string, Request>();
  const byId = new Map<string, Request>();
  const shared = new Map<string, Request[]>();

  const requestOf = ({ saleId, userId, idempotencyKey: key }: PurchaseOperation): Request => {
    const identity = key === undefined ? undefined : joined(joined(saleId, userId), key);
    const known = identity === undefined ? undefined : byKey.get(identity);
    if (known) return known;
    const request: Request = { saleId, userId, key, attempts: [], ids: [] };
    requests.push(request);
    if (identity !== undefined) byKey.set(identity, request);
    return request;
  };

  for (const operation of history.operations) {
    const answer = answerTo(operation);
    const observed = { operation, answer };
    all.push(observed);
    if (isRead(observed)) reads.push(observed);
    if (isList(observed)) lists.push(observed);
    if (!isPurchase(observed)) continue;
    const request = requestOf(observed.operation);
    request.attempts.push(observed);
    const id = idIn(answer);
    if (id === undefined || request.ids.includes(id)) continue;
    request.ids.push(id);
    const other = byId.get(id);
    if (other) shared.set(id, [...(shared.get(id) ?? [other]), request]);
    else byId.set(id, request);
  }

  const complete = new Set(history.completeSales);
  return { all, reads, lists, requests, byId, shared, isComplete: (saleId) => complete.has(saleId) };
}

function isPurchase(observed: Observed): observed is Observed<PurchaseOperation> {
  return observed.operation.kind === 'purchase';
}

function isRead(observed: Observed): observed is Observed<ReadOperation> {
  return observed.operation.kind === 'read';
}

function isList(observed: Observed): observed is Observed<ListOperation> {
  return observed.operation.kind === 'list';
}

/** The id that a stored or pending answer names. */
export function idIn(answer: Answer): string | undefined {
  if (answer.kind === 'stored') return answer.outcome.requestId;
  return answer.kind === 'pending' ? answer.requestId : undefined;
}

/** The stored outcomes that an answer tells of. */
export function outcomesIn(answer: Answer): readonly ToldOutcome[] {
  if (answer.kind === 'stored') return [answer.outcome];
  return answer.kind === 'list' ? answer.outcomes : [];
}
