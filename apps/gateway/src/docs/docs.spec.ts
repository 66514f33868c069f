import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { problemTypes } from '../http/problem-types.js';
import { startTestGateway, type TestGateway } from '../testing/test-gateway.js';

/** As much of an OpenAPI document as is looked at here. */
interface Operation {
  responses: Record<
    string,
    { content?: Record<string, { schema?: object; examples?: object }>; headers?: object }
  >;
  parameters?: { name: string; in: string; schema?: object }[];
  requestBody?: { content: Record<string, { schema: object }> };
  security?: object[];
}

describe('the documentation', () => {
  let gateway: TestGateway;
  let paths: Record<string, Record<string, Operation>>;

  beforeAll(async () => {
    gateway = await startTestGateway();
    paths = (await gateway.ask('/docs-json', { user: null })).body.paths;
  });
  afterAll(() => gateway.stop());

  it('names every route of the contract', () => {
    const routes = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
    expect(routes).toEqual(
      expect.arrayContaining([
        'POST /v1/sales/{saleId}/purchases',
        'GET /v1/sales/{saleId}/purchases',
        'GET /v1/sales/{saleId}/purchases/{requestId}',
        'GET /v1/sales/{saleId}',
        'PUT /v1/admin/sales/{saleId}',
        'GET /v1/admin/sales/{saleId}',
        'GET /v1/admin/gateways',
        'GET /problems',
        'GET /problems/{type}',
        'GET /health/live',
        'GET /health/ready',
        'GET /metrics',
      ]),
    );
  });

  it('describes the request and the answers of a purchase', () => {
    const { post } = paths['/v1/sales/{saleId}/purchases']!;
    expect(Object.keys(post!.responses).sort()).toEqual([
      '201',
      '202',
      '400',
      '401',
      '404',
      '409',
      '413',
      '414',
      '415',
      '422',
      '500',
      '503',
    ]);
    const refusals = post!.responses['409']?.content?.['application/problem+json']?.examples;
    expect(Object.keys(refusals ?? {})).toEqual([
      'sold-out',
      'limit-reached',
      'not-started',
      'ended',
      'lapsed',
    ]);
    expect(post!.responses['202']?.headers).toHaveProperty('Retry-After');
    expect(post!.requestBody?.content['application/json']?.schema).toMatchObject({
      type: 'object',
      required: ['quantity'],
      additionalProperties: false,
      properties: { quantity: { type: 'integer', minimum: 1, maximum: 1_000 } },
    });
    const parameters = post!.parameters?.map(({ name, in: where }) => `${where} ${name}`);
    expect(parameters).toEqual(
      expect.arrayContaining(['path saleId', 'header Idempotency-Key', 'header Prefer']),
    );
    expect(post!.security).toEqual([{ bearer: [] }]);
    expect(paths['/v1/sales/{saleId}']!['get']!.security).toBeUndefined();
  });

  it('gives dates as texts in what is put', () => {
    const schema =
      paths['/v1/admin/sales/{saleId}']!['put']!.requestBody?.content['application/json']?.schema;
    expect(schema).toMatchObject({ properties: { opensAt: { type: 'string', format: 'date-time' } } });
  });

  it('is the one in openapi.json', async () => {
    const { body } = await gateway.ask('/docs-json', { user: null });
    expect(JSON.parse(readFileSync('apps/gateway/openapi.json', 'utf8'))).toEqual(body);
  });

  it('refers to nothing that is not there', async () => {
    const { body } = await gateway.ask('/docs-json');
    const text = JSON.stringify(body);
    for (const [, name] of text.matchAll(/"#\/components\/schemas\/(\w+)"/g))
      expect(Object.keys(body.components.schemas)).toContain(name);
    expect(text).toMatch('#/components/schemas/Problem');
  });

  it('has a page for people that needs nothing from elsewhere', async () => {
    const page = await gateway.ask('/docs', { user: null });
    expect(page.headers.get('content-type')).toMatch('text/html');
    const addresses = [...(page.body as unknown as string).matchAll(/(?:src|href)="([^"]+)"/g)].map(
      ([, a]) => a!,
    );
    expect(addresses).toHaveLength(3);
    for (const address of addresses) expect((await gateway.ask(address, { user: null })).status).toBe(200);
  });

  it('describes every type of problem at the address that is its type', async () => {
    expect((await gateway.ask('/problems', { user: null })).body).toEqual(problemTypes);
    for (const [name, type] of Object.entries(problemTypes))
      expect((await gateway.ask(`/problems/${name}`, { user: null })).body).toEqual(type);
    expect((await gateway.ask('/problems/constructor')).status).toBe(404);
  });
});
