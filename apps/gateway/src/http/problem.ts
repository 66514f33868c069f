import type { FastifyReply } from 'fastify';
import { problemTypes, type ProblemName } from './problem-types.js';

/** Members of a problem beside those of RFC 9457. */
export type ProblemMembers = Record<string, unknown>;

/** The fault of one field, header or parameter of a request. */
export interface FieldError {
  field: string;
  message: string;
}

/** Seconds after which a client may retry. */
export const RETRY_AFTER_SECONDS = '1';

/** Media type of problems. */
export const PROBLEM_CONTENT_TYPE = 'application/problem+json';

/** Ends a request with a problem. For rare cases: the hot path sends its answers without throwing. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';

  constructor(
    readonly problem: ProblemName,
    /** What happened this time, for people. */
    readonly detail: string,
    readonly members: ProblemMembers = {},
    readonly headers: Record<string, string> = {},
    options?: ErrorOptions,
  ) {
    super(`${problem}: ${detail}`, options);
  }
}

/** 400, with the wrong fields. */
export function invalidRequest(...errors: FieldError[]): ProblemError {
  const fields = errors.map(({ field }) => field).join(', ');
  return new ProblemError('invalid-request', `wrong or missing: ${fields}`, { errors });
}

/** Sends a problem as RFC 9457 asks. */
export function sendProblem(
  reply: FastifyReply,
  problem: ProblemName,
  detail: string,
  members?: ProblemMembers,
): void {
  const { status, title } = problemTypes[problem];
  if (problem === 'unavailable') reply.header('retry-after', RETRY_AFTER_SECONDS);
  reply
    .code(status)
    .header('content-type', PROBLEM_CONTENT_TYPE)
    .send(JSON.stringify({ type: `/problems/${problem}`, title, status, detail, ...members }));
}
