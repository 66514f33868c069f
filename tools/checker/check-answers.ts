import type { ToldOutcome } from './answers.js';
import type { Books } from './books.js';
import type { Findings } from './findings.js';
import type { Operation } from './history.js';
import type { LedgerOutcome } from './ledger.js';
import { idIn, outcomesIn, type Observations, type Observed, type Request } from './requests.js';

/** Compares every answer with what is stored (I4, I5, I6), and with whose it is (I8). */
export function checkAnswers(
  observations: Observations,
  books: Books,
  findings: Findings,
  settled: boolean,
): void {
  const comparison = new Comparison(books, findings, settled);
  for (const observed of observations.all) comparison.compare(observed);
  checkTurnedAway(observations, books, findings);
  for (const request of observations.requests) checkQuantity(request, observations, books, findings);
  for (const [requestId, sharers] of observations.shared) {
    findings.add('misdelivered', `${sharers.length} different requests were answered as ${requestId}.`, {
      requestId,
      requests: sharers.map(({ saleId, userId, key }) => ({ saleId, userId, key })),
    });
  }
}

/**
 * Whoever clicks in a sale that is there is let in, refused by a rule of the sale (409, 422), or told that the shop is
 * busy (503). A history with clicks that deserve another answer must not call their sale complete.
 */
function checkTurnedAway({ requests, isComplete }: Observations, books: Books, findings: Findings): void {
  for (const { saleId, userId, attempts } of requests) {
    if (!isComplete(saleId) || !books.bySale.has(saleId)) continue;
    for (const { operation, answer } of attempts) {
      if (answer.kind !== 'refused' || [409, 422, 503].includes(answer.response.status)) continue;
      const { status, problem } = answer.response;
      findings.add('needless-refusal', `${userId} in ${saleId}: a purchase was answered with ${status}.`, {
        operationId: operation.operationId,
        saleId,
        userId,
        status,
        problem,
      });
    }
  }
}

class Comparison {
  readonly #books: Books;
  readonly #findings: Findings;
  readonly #settled: boolean;
  /** Ids answered pending without an outcome: reported once each. */
  readonly #undecided = new Set<string>();
  /** The first telling of an outcome that is not stored, to compare later ones with. */
  readonly #firstTold = new Map<string, ToldOutcome>();

  constructor(books: Books, findings: Findings, settled: boolean) {
    this.#books = books;
    this.#findings = findings;
    this.#settled = settled;
  }

  compare({ operation, answer }: Observed): void {
    const id = idIn(answer);
    if (id !== undefined && operation.kind === 'read' && id !== operation.requestId) {
      this.#add(
        'misdelivered',
        operation,
        `asked for ${operation.requestId} and was answered about ${id}`,
        undefined,
      );
      return;
    }
    if (answer.kind === 'pending') this.#pending(operation, answer.requestId);
    if (answer.kind === 'refused' && answer.response.requestId !== undefined) {
      this.#refused(operation, answer.response.requestId);
    }
    for (const told of outcomesIn(answer)) this.#outcome(operation, told);
  }

  #pending(operation: Operation, requestId: string): void {
    const stored = this.#books.byId.get(requestId);
    if (stored) {
      this.#belongs(operation, stored);
      return;
    }
    if (!this.#settled || this.#undecided.has(requestId)) return;
    this.#undecided.add(requestId);
    this.#add(
      'pending-for-ever',
      operation,
      `was answered pending for ${requestId}, which has no outcome`,
      undefined,
    );
  }

  /** An attempt without a key has its id for itself: refused before the queue, it can never come to anything. */
  #refused(operation: Operation, requestId: string): void {
    if (operation.kind !== 'purchase' || operation.idempotencyKey !== undefined) return;
    const stored = this.#books.byId.get(requestId);
    if (!stored) return;
    this.#add('false-refusal', operation, `was refused before the queue, and is ${stored.decision}`, stored);
  }

  #outcome(operation: Operation, told: ToldOutcome): void {
    const stored = this.#books.byId.get(told.requestId);
    if (!stored) {
      const check = told.decision === 'reserved' ? 'false-reservation' : 'not-durable';
      this.#add(
        check,
        operation,
        `was answered ${told.decision} for ${told.requestId}; nothing is stored`,
        undefined,
      );
      const first = this.#firstTold.get(told.requestId);
      if (first) this.#agrees(operation, told, first);
      else this.#firstTold.set(told.requestId, told);
      return;
    }
    if (this.#belongs(operation, stored)) this.#agrees(operation, told, stored);
  }

  #belongs(operation: Operation, stored: LedgerOutcome): boolean {
    if (stored.saleId === operation.saleId && stored.userId === operation.userId) return true;
    const whose = `${stored.userId} in ${stored.saleId}`;
    this.#add('misdelivered', operation, `was answered with the request of ${whose}`, stored);
    return false;
  }

  #agrees(operation: Operation, told: ToldOutcome, stored: ToldOutcome | LedgerOutcome): void {
    const said = (fact: keyof ToldOutcome) => `was answered ${fact} ${told[fact]}; stored is ${stored[fact]}`;
    const quantityDiffers = told.quantity !== undefined && told.quantity !== stored.quantity;
    if (told.decision !== stored.decision) {
      if (told.decision === 'reserved')
        this.#add('false-reservation', operation, said('decision'), stored, told);
      else if (stored.decision === 'reserved') {
        this.#add('false-refusal', operation, said('decision'), stored, told);
      } else this.#add('disagreement', operation, said('decision'), stored, told);
    } else if (quantityDiffers) {
      const check = told.decision === 'reserved' ? 'false-reservation' : 'disagreement';
      this.#add(check, operation, said('quantity'), stored, told);
    } else if (told.decidedAt !== stored.decidedAt) {
      this.#add('disagreement', operation, said('decidedAt'), stored, told);
    } else if (told.existingRequestId !== undefined && told.existingRequestId !== stored.existingRequestId) {
      this.#add('disagreement', operation, said('existingRequestId'), stored, told);
    }
  }

  #add(
    check: Parameters<Findings['add']>[0],
    operation: Operation,
    what: string,
    stored: unknown,
    told?: ToldOutcome,
  ): void {
    const { operationId, userId, saleId, kind } = operation;
    this.#findings.add(check, `${userId} in ${saleId}: a ${kind} ${what}.`, {
      operationId,
      userId,
      saleId,
      told,
      stored,
    });
  }
}

/** What is stored must be what was asked for, by one of the attempts. */
function checkQuantity(request: Request, observations: Observations, books: Books, findings: Findings): void {
  const { saleId, userId, key, ids, attempts } = request;
  // Somebody else may have used the key with another quantity before.
  if (key !== undefined && !observations.isComplete(saleId)) return;
  for (const requestId of ids) {
    const stored = books.byId.get(requestId);
    if (!stored || stored.decision === 'lapsed' || stored.userId !== userId) continue;
    if (attempts.some(({ operation }) => operation.quantity === stored.quantity)) continue;
    const check = stored.decision === 'reserved' ? 'false-reservation' : 'disagreement';
    findings.add(
      check,
      `${userId} in ${saleId}: ${requestId} is stored with a quantity that was not asked for.`,
      {
        saleId,
        userId,
        requestId,
        asked: attempts.map(({ operation }) => operation.quantity),
        stored,
      },
    );
  }
}
