import type { OpenAPIObject } from '@nestjs/swagger';

type Paths = OpenAPIObject['paths'];

const answer = (description: string, schema: string) => ({
  description,
  content: { 'application/json': { schema: { $ref: `#/components/schemas/${schema}` } } },
});

/** The operators' pages. Every app has them, so they are described here, not in the library that serves them. */
export const operationsPaths: Paths = {
  '/health/live': {
    get: {
      operationId: 'live',
      tags: ['Operations'],
      summary: 'Liveness: whether the process responds',
      responses: { '200': answer('It can.', 'Live') },
    },
  },
  '/health/ready': {
    get: {
      operationId: 'ready',
      tags: ['Operations'],
      summary: 'Readiness: whether it should receive traffic',
      responses: { '200': answer('It should.', 'Ready'), '503': answer('Not now.', 'NotReady') },
    },
  },
  '/metrics': {
    get: {
      operationId: 'metrics',
      tags: ['Operations'],
      summary: "Metrics in Prometheus' text format",
      responses: {
        '200': {
          description: 'All metrics.',
          content: { 'text/plain': { schema: { type: 'string' }, example: 'process_open_fds 42\n' } },
        },
      },
    },
  },
};
