import { applyDecorators } from '@nestjs/common';
import { ApiResponse } from '@nestjs/swagger';
import { z } from 'zod';
import { problemTypes, type ProblemName } from '../http/problem-types.js';

/** A problem (RFC 9457). */
export const problemSchema = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    instance: z.string().optional(),
    requestId: z.string().optional(),
    decidedAt: z.string().optional(),
    existingRequestId: z.string().optional(),
    errors: z.array(z.object({ field: z.string(), message: z.string() })).optional(),
  })
  .meta({ description: 'RFC 9457. GET its type for what to do about it.' });

/** Documents that a route answers with these problems: one response per status, one example per problem. */
export function ProblemResponses(...names: ProblemName[]): MethodDecorator & ClassDecorator {
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
        content: {
          'application/problem+json': {
            schema: { $ref: '#/components/schemas/Problem' },
            examples: Object.fromEntries(names.map((name) => [name, { value: example(name) }])),
          },
        },
      }),
    ),
  );
}

function example(name: ProblemName): object {
  const { status, title, advice } = problemTypes[name];
  const errors =
    name === 'invalid-request' ? { errors: [{ field: 'quantity', message: 'is required' }] } : {};
  return { type: `/problems/${name}`, title, status, detail: advice, ...errors };
}
