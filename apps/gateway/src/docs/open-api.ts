import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { INestApplication } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import { operationsPaths } from './operations.docs.js';
import { schemaComponents } from './schemas.js';

/** The OpenAPI document of all routes of `app`. */
export function describeApi(app: INestApplication): OpenAPIObject {
  const config = new DocumentBuilder()
    .setTitle('Seckill gateway')
    .setDescription(
      'Flash sales. A buyer keeps one request open and gets the outcome as its answer. ' +
        'Errors are problems (RFC 9457); their types are described under /problems. ' +
        'A malformed HTTP request (400, 408, 431) gets a problem of type about:blank. ' +
        'While a gateway shuts down, it answers 503 to all requests but health and metrics.',
    )
    .setVersion('1')
    .setLicense('Apache-2.0', 'https://www.apache.org/licenses/LICENSE-2.0')
    .addTag('Purchases', 'For buyers.')
    .addTag('Sales', 'For everybody.')
    .addTag('Administration', 'For administrators of sales. Requires the scope sales:admin.')
    .addTag('Problems', 'What the types of problems mean.')
    .addTag('Operations', 'For operators of the gateway.')
    .addBearerAuth({ type: 'http', scheme: 'bearer', bearerFormat: 'JWT', description: 'sub is the user.' })
    .build();
  const document = SwaggerModule.createDocument(app, config);
  document.components = { ...document.components, schemas: schemaComponents() };
  Object.assign(document.paths, operationsPaths);
  return tidied(document) as OpenAPIObject;
}

/** What adds nothing to a schema: a pattern that repeats its format, and "any number". */
const isNoise = (key: string, value: unknown, { format }: Record<string, unknown>): boolean =>
  (key === 'pattern' && (format === 'date-time' || format === 'uuid')) ||
  (key === 'minimum' && value === Number.MIN_SAFE_INTEGER) ||
  (key === 'maximum' && value === Number.MAX_SAFE_INTEGER);

/** OpenAPI 3.0 allows one example per schema. */
function tidied(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(tidied);
  if (typeof node !== 'object' || node === null) return node;
  const entries = Object.entries(node).filter(([key, value]) => !isNoise(key, value, { ...node }));
  return Object.fromEntries(
    entries.map(([key, value]) =>
      key === 'examples' && Array.isArray(value) ? ['example', value[0]] : [key, tidied(value)],
    ),
  );
}

const assets: Record<string, string> = {
  'swagger-ui.css': 'text/css; charset=utf-8',
  'swagger-ui-bundle.js': 'text/javascript; charset=utf-8',
};

const page = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Seckill gateway</title>
<link rel="stylesheet" href="/docs/swagger-ui.css">
<div id="ui"></div>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>
</html>`;

const start = `SwaggerUIBundle({ url: '/docs-json', dom_id: '#ui' });`;

/**
 * Serves the document at /docs-json and for people at /docs. Written by hand, because @nestjs/swagger
 * would need @fastify/static for the two files of its user interface.
 */
export function serveDocs(app: NestFastifyApplication): void {
  const fastify = app.getHttpAdapter().getInstance();
  let document: string | undefined;
  fastify.get('/docs-json', (_request, reply) =>
    reply.type('application/json; charset=utf-8').send((document ??= JSON.stringify(describeApi(app)))),
  );
  fastify.get('/docs', (_request, reply) => reply.type('text/html; charset=utf-8').send(page));
  fastify.get('/docs/start.js', (_request, reply) =>
    reply.type('text/javascript; charset=utf-8').send(start),
  );
  const folder = swaggerUiFolder();
  for (const [file, type] of Object.entries(assets)) {
    fastify.get(`/docs/${file}`, async (_request, reply) => {
      const content = await readFile(join(folder, file));
      return reply.type(type).header('cache-control', 'public, max-age=3600').send(content);
    });
  }
}

/** swagger-ui-dist is a dependency of @nestjs/swagger, so it is looked up from there. */
function swaggerUiFolder(): string {
  const here = createRequire(import.meta.url);
  const swagger = createRequire(here.resolve('@nestjs/swagger/package.json'));
  return dirname(swagger.resolve('swagger-ui-dist/package.json'));
}
