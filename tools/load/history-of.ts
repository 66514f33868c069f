import { DECISIONS, type ListedPurchase, type ObservedResponse, type Status } from '@tools/checker';
import type { HttpResponse } from './http-client.js';

/** Puts an HTTP response into the checker's words, without judging it. */
export function observed({ status, body }: HttpResponse): ObservedResponse {
  const members = asMembers(body);
  const problem = lastSegment(text(members['type']));
  const purchases = members['purchases'];
  return {
    status,
    decision: asStatus(members['status']) ?? asStatus(problem?.replaceAll('-', '_')),
    problem,
    ...facts(members),
    purchases: Array.isArray(purchases) ? purchases.map(listed) : undefined,
  };
}

/** A word that is no decision is kept, so that the checker can say what is wrong with it. */
function listed(entry: unknown): ListedPurchase {
  const members = asMembers(entry);
  const { requestId, ...rest } = facts(members);
  return { requestId: requestId ?? '', decision: String(members['status']) as Status, ...rest };
}

function facts(members: Members) {
  return {
    requestId: text(members['requestId']),
    quantity: whole(members['quantity']),
    decidedAt: moment(members['decidedAt']),
    existingRequestId: text(members['existingRequestId']),
  };
}

type Members = Readonly<Record<string, unknown>>;

function asMembers(body: unknown): Members {
  return typeof body === 'object' && body !== null ? (body as Members) : {};
}

function asStatus(word: unknown): Status | undefined {
  const words: readonly unknown[] = [...DECISIONS, 'pending'];
  return words.includes(word) ? (word as Status) : undefined;
}

function lastSegment(type: string | undefined): string | undefined {
  return type?.split('/').at(-1);
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function whole(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined;
}

/** ms since the epoch; what is no time becomes NaN, which the checker refuses. */
function moment(value: unknown): number | undefined {
  if (value === undefined) return undefined;
  return typeof value === 'string' ? Date.parse(value) : Number.NaN;
}
