import type { Decision, Outcome } from '@seckill/purchase';
import type { FastifyReply } from 'fastify';
import { RETRY_AFTER_SECONDS, sendProblem } from '../http/problem.js';
import type { ProblemName } from '../http/problem-types.js';
import { purchasePath, type PurchaseLocations } from './purchase-location.js';
import type { AnswerKind } from './purchase-metrics.js';
import type { PurchaseCommand, PurchaseAnswer } from './purchase.service.js';

const problemOf = {
  sold_out: 'sold-out',
  limit_reached: 'limit-reached',
  not_started: 'not-started',
  ended: 'ended',
  lapsed: 'lapsed',
} as const satisfies Record<Exclude<Decision, 'reserved'>, ProblemName>;

const detailOf = {
  sold_out: 'fewer units are left than you asked for',
  limit_reached: 'this would exceed your limit in this sale',
  not_started: 'the sale was not open yet',
  ended: 'the sale was over',
  lapsed: 'the request was not decided in time',
} as const satisfies Record<keyof typeof problemOf, string>;

/** A purchase as the contract shows it. */
export interface PurchaseView extends Partial<Omit<Outcome, keyof Unshown>> {
  requestId: string;
  saleId: string;
  status: Decision | 'pending';
  /** ISO 8601. */
  decidedAt?: string;
  existingRequestId?: string;
}

/** Fields of an outcome that are shown in another form, or not at all. */
type Unshown = Pick<Outcome, 'userId' | 'decision' | 'decidedAtMs' | 'existingRequestId'>;

/** A stored outcome as the contract shows it. Fields that buyers must not see are removed by name. */
export function outcomeView(outcome: Outcome): PurchaseView {
  const { userId: _, decision, decidedAtMs, existingRequestId, ...shown } = outcome;
  const view: PurchaseView = { ...shown, status: decision, decidedAt: iso(decidedAtMs) };
  if (existingRequestId !== '') view.existingRequestId = existingRequestId;
  return view;
}

/** Answers a purchase request. @returns the kind of answer */
export function sendAnswer(
  reply: FastifyReply,
  { saleId }: PurchaseCommand,
  answer: PurchaseAnswer,
  locations: Pick<PurchaseLocations, 'sign'>,
): AnswerKind {
  switch (answer.kind) {
    case 'outcome':
      return sendOutcome(reply, answer.outcome);
    case 'pending': {
      const { requestId } = answer.purchase;
      reply
        .code(202)
        .header('location', locations.sign(answer.purchase))
        .header('retry-after', RETRY_AFTER_SECONDS)
        .send({ requestId, saleId, status: 'pending' });
      return 'pending';
    }
    case 'refused-early': {
      const { opensAt, closesAt } = answer.sale.terms;
      const detail =
        answer.reason === 'ended'
          ? `the sale ended at ${iso(closesAt)}`
          : `the sale opens at ${iso(opensAt)}`;
      sendProblem(reply, problemOf[answer.reason], detail, { requestId: answer.requestId, saleId });
      return 'refused_early';
    }
    case 'mismatch': {
      const { requestId } = answer;
      const detail = 'this Idempotency-Key was used with another quantity before';
      sendProblem(reply, 'idempotency-key-reused', detail, { requestId, saleId });
      return 'key_reused';
    }
    case 'unknown-sale':
      sendProblem(reply, 'not-found', 'there is no such sale', { saleId });
      return 'unknown_sale';
    case 'unavailable': {
      const { requestId, detail } = answer;
      sendProblem(reply, 'unavailable', detail, { requestId });
      return 'unavailable';
    }
    default:
      // The buyer has gone. The response is ended all the same, which frees its resources.
      reply.code(202).send();
      return 'gone';
  }
}

/** 201 for a reservation, 409 for a refusal. */
function sendOutcome(reply: FastifyReply, outcome: Outcome): AnswerKind {
  const { decision } = outcome;
  const shown = outcomeView(outcome);
  const { status: _, ...view } = shown;
  const { saleId, requestId, existingRequestId } = view;
  const instance = purchasePath(saleId, requestId);
  if (decision === 'reserved') {
    reply.code(201).header('location', instance).send(shown);
    return decision;
  }
  const existingPurchase = existingRequestId && purchasePath(saleId, existingRequestId);
  sendProblem(reply, problemOf[decision], detailOf[decision], {
    instance,
    ...view,
    ...(existingPurchase && { existingPurchase }),
  });
  return decision;
}

const iso = (ms: number): string => new Date(ms).toISOString();
