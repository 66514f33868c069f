import { applyDecorators } from '@nestjs/common';
import { ApiResponse } from '@nestjs/swagger';
import { problemTypes, type ProblemName } from '../http/problem-types.js';
import { purchasePath } from '../purchase/purchase-location.js';
import { existingExample, purchaseExample } from '../purchase/purchase.schema.js';
import type { Headers } from './json-response.js';

const text = { type: 'string' as const };

/** Headers that all problems of a status have. */
const headersOf: Partial<Record<number, Headers>> = {
  401: {
    'WWW-Authenticate': {
      description: 'What is wrong with the token (RFC 6750).',
      required: true,
      schema: text,
    },
  },
  403: { 'WWW-Authenticate': { description: 'Names the missing scope.', required: true, schema: text } },
  503: {
    'Retry-After': {
      description: 'Seconds to wait before you retry.',
      required: true,
      schema: { type: 'integer' as const },
    },
  },
};

/**
 * Documents the problems of a route: one response per status, one example per problem. Name each status in one call
 * only.
 */
export const ProblemResponses = (...names: ProblemName[]): MethodDecorator & ClassDecorator =>
  ProblemResponsesWith({}, ...names);

/** The same for problems that come with headers. */
export function ProblemResponsesWith(
  headers: Headers,
  ...names: ProblemName[]
): MethodDecorator & ClassDecorator {
  const byStatus = new Map<number, ProblemName[]>();
  for (const name of names) {
    const { status } = problemTypes[name];
    byStatus.set(status, [...(byStatus.get(status) ?? []), name]);
  }
  return applyDecorators(
    ...[...byStatus].map(([status, names]) =>
      ApiResponse({
        status,
        description: names.map((name) => problemTypes[name].title).join(' · '),
        headers: { ...headersOf[status], ...headers },
        content: {
          'application/problem+json': {
            schema: {
              type: 'object',
              required: ['type', 'status'],
              allOf: [{ $ref: '#/components/schemas/Problem' }],
              properties: {
                type: { type: 'string', enum: names.map(typeOf) },
                status: { type: 'integer', enum: [status] },
              },
            },
            examples: Object.fromEntries(names.map((name) => [name, { value: exampleOf(name) }])),
          },
        },
      }),
    ),
  );
}

const typeOf = (name: ProblemName): string => `/problems/${name}`;

const { status: _, ...purchase } = purchaseExample;
const { requestId, saleId } = purchase;
const decided = { instance: purchasePath(saleId, requestId), ...purchase };

/** Extra members in the examples of some problems. */
const members: Partial<Record<ProblemName, object>> = {
  'sold-out': decided,
  'limit-reached': { ...decided, ...existingExample },
  'not-started': { requestId, saleId },
  ended: decided,
  lapsed: decided,
  'idempotency-key-reused': { requestId, saleId },
  'total-too-low': { saleId },
  'opens-at-frozen': { saleId },
  'limit-lowered': { saleId },
  'being-purged': { saleId },
  'invalid-request': { errors: [{ field: 'saleId', message: 'must be 1-64 of a-z, 0-9 and -' }] },
};

function exampleOf(name: ProblemName): object {
  const { status, title, advice } = problemTypes[name];
  return { type: typeOf(name), title, status, detail: advice, ...members[name] };
}
