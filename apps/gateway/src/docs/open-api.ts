import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import { z } from 'zod';
import { problemSchema } from './problem-responses.js';

/** The OpenAPI document of all routes of `app`. */
export function describeApi(app: NestFastifyApplication): OpenAPIObject {
  const config = new DocumentBuilder()
    .setTitle('Seckill gateway')
    .setDescription(
      'Flash sales. A buyer holds one request open and gets a true answer on it. ' +
        'Errors are problems (RFC 9457); their types are described under /problems.',
    )
    .setVersion('1')
    .addBearerAuth({ type: 'http', scheme: 'bearer', bearerFormat: 'JWT', description: 'sub is the user.' })
    .build();
  const document = SwaggerModule.createDocument(app, config);
  const { $schema: _, ...problem } = z.toJSONSchema(problemSchema, { target: 'openapi-3.0' });
  document.components = { ...document.components };
  document.components.schemas = { ...document.components.schemas, Problem: problem as object };
  return document;
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
 * Serves the document at /docs-json and for people at /docs. By hand, since @nestjs/swagger would need
 * @fastify/static for the two files of its user interface.
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
