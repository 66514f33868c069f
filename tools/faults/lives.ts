import type { Operation } from '@tools/checker';
import type { FaultRecord } from './kinds/index.js';

/** One request as its buyer lived it, over all of its attempts. Times are ms of the history's clock. */
export interface Life {
  readonly firstAt: number;
  /** When the buyer knew for good; undefined when that never happened. */
  knownAt: number | undefined;
  /** It cannot be asked for any more: it had no key, and no answer named it. */
  lost: boolean;
  /** Attempts to buy, and questions for what came of it. */
  readonly operations: Operation[];
}

/** Joins what belongs to one request: attempts with one key, and the questions for it. */
export function livesOf(operations: readonly Operation[]): Life[] {
  const byKey = new Map<string, Life>();
  const byRequest = new Map<string, Life>();
  for (const operation of operations) {
    if (operation.kind !== 'purchase') continue;
    const { saleId, userId, idempotencyKey, operationId, invokedAt, completedAt, response } = operation;
    const key = idempotencyKey === undefined ? operationId : `${saleId} ${userId} ${idempotencyKey}`;
    const life = byKey.get(key) ?? {
      firstAt: invokedAt,
      knownAt: undefined,
      lost: false,
      operations: [],
    };
    byKey.set(key, life);
    life.operations.push(operation);
    const answer = response === 'unknown' ? undefined : response;
    if (answer?.requestId !== undefined) byRequest.set(answer.requestId, life);
    else if (idempotencyKey === undefined) life.lost = true;
    // Without a key the next try is another request.
    const isOver =
      answer && (isFinal(answer.status) || (answer.status === 503 && idempotencyKey === undefined));
    if (isOver) know(life, completedAt);
  }
  for (const operation of operations) {
    if (operation.kind !== 'read') continue;
    const { response, requestId, completedAt } = operation;
    const life = byRequest.get(requestId);
    life?.operations.push(operation);
    if (response === undefined || response === 'unknown' || response.decidedAt === undefined) continue;
    if (life) know(life, completedAt);
  }
  return [...byKey.values()];
}

/** An outcome, or a refusal that says it was not carried out and is not worth repeating. */
function isFinal(status: number): boolean {
  return status === 201 || (status >= 400 && status < 500 && status !== 429);
}

function know(life: Life, at: number | undefined): void {
  if (at !== undefined && at < (life.knownAt ?? Infinity)) life.knownAt = at;
}

/** How long requests stalled around the kill of one instance, in ms; 0 where there was none. */
export interface Stall {
  /** Longest of those begun after it, that never met the dead. */
  readonly free: number;
  /** Longest of those under way at the kill, from the kill on. Which of them the dead held is not known. */
  readonly underWay: number;
}

/** @param gateway the base URL of the instance, if it is one */
export function stallAround(
  lives: readonly Life[],
  { at, until }: FaultRecord,
  gateway: string | undefined,
): Stall {
  let free = 0;
  let underWay = 0;
  for (const life of lives) {
    const end = life.knownAt ?? (life.lost ? life.firstAt : Infinity);
    if (life.firstAt <= at && end > at) underWay = Math.max(underWay, end - at);
    // A purchase or a read: either is repeated after it met the dead instance.
    const metTheDead = life.operations.some(
      (one) => one.gateway === gateway && (one.completedAt ?? Infinity) >= at && one.invokedAt <= until,
    );
    if (life.firstAt > at && life.firstAt <= until && !metTheDead) free = Math.max(free, end - life.firstAt);
  }
  return { free, underWay };
}

/** Those that took longest, each with what was asked and answered, in ms from the begin of the case. */
export function slowest(lives: readonly Life[], from: number, most = 8): string[] {
  const took = ({ firstAt, knownAt = Infinity }: Life) => knownAt - firstAt;
  const ms = (at: number | undefined) => (at === undefined ? 'never' : String(Math.round(at - from)));
  const told = (response: Operation['response']) =>
    response === undefined || response === 'unknown'
      ? 'nothing'
      : `${response.status} ${response.decision ?? ''}`;
  return lives
    .filter(({ lost }) => !lost)
    .toSorted((a, b) => took(b) - took(a))
    .slice(0, most)
    .map(({ operations }) =>
      operations
        .map(
          (one) =>
            `${one.kind} ${one.gateway} ${ms(one.invokedAt)}–${ms(one.completedAt)} ${told(one.response)}`,
        )
        .join('; '),
    );
}

/** ms from the first click to the end of the slowest request. */
export function longestStall(lives: readonly Life[]): number {
  return Math.max(
    0,
    ...lives.filter(({ lost }) => !lost).map(({ firstAt, knownAt = Infinity }) => knownAt - firstAt),
  );
}

/** ms after `end` until all that was begun before it was known; 0 when it was already. */
export function settledAfter(lives: readonly Life[], end: number): number {
  const late = lives.filter(({ firstAt, lost }) => firstAt <= end && !lost);
  return late.reduce((latest, { knownAt = Infinity }) => Math.max(latest, knownAt - end), 0);
}
