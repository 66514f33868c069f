import type { OpenAPIObject } from '@nestjs/swagger';
import { Ajv } from 'ajv';

/** Headers that HTTP itself needs on any answer; every other header must be described. */
const ordinaryHeaders = new Set([
  'cache-control',
  'connection',
  'content-length',
  'content-type',
  'date',
  'keep-alive',
  'transfer-encoding',
]);

interface Described {
  content?: Record<string, object>;
  headers?: Record<string, { required?: boolean; schema: object }>;
}

interface Operation {
  id: string;
  method: string;
  path: RegExp;
  pointer: string;
  responses: Record<string, Described>;
}

/** Compares answers with an OpenAPI document, and remembers which documented answers it has seen. */
export class Contract {
  readonly #seen = new Set<string>();
  readonly #operations: Operation[];
  readonly #ajv = new Ajv({ strict: false, allErrors: true });

  constructor(document: OpenAPIObject) {
    this.#ajv.addFormat('uuid', /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i);
    this.#ajv.addFormat('date-time', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/);
    this.#ajv.addFormat('uri-reference', (text) => URL.canParse(text, 'http://host'));
    this.#ajv.addSchema(document, 'document');
    this.#operations = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods as Record<string, object>).map(([method, operation]) => {
        const { operationId, responses } = operation as { operationId: string; responses: object };
        return {
          id: operationId,
          method: method.toUpperCase(),
          path: new RegExp(`^${path.replace(/\{\w+\}/g, '[^/]+')}$`),
          pointer: `document#/paths/${path.replaceAll('/', '~1')}/${method}/responses`,
          responses: responses as Operation['responses'],
        };
      }),
    );
  }

  /** Sends a request and checks the answer. @throws Error when it contradicts the document */
  readonly fetch = async (request: Request): Promise<Response> => {
    const response = await fetch(request);
    await this.judge(request, response.clone());
    return response;
  };

  /** @throws Error with every contradiction */
  async judge({ method, url }: Pick<Request, 'method' | 'url'>, response: Response): Promise<void> {
    const { pathname } = new URL(url);
    const operation = this.#operations.find((one) => one.method === method && one.path.test(pathname));
    if (!operation) throw new Error(`${method} ${pathname} is not described`);
    const text = await response.text();
    const contradictions = this.#contradictions(operation, response, text);
    const what = `${operation.id} ${response.status}`;
    if (contradictions.length > 0)
      throw new Error([`${what} is not as described:`, ...contradictions, text].join('\n'));
    this.#seen.add(what);
  }

  /** Documented answers that were not seen yet, such as `buy 409`. */
  get unseen(): string[] {
    return this.#operations
      .flatMap(({ id, responses }) => Object.keys(responses).map((status) => `${id} ${status}`))
      .filter((what) => !this.#seen.has(what));
  }

  /** Wrong examples of the document itself. */
  wrongExamples(): string[] {
    return this.#operations.flatMap(({ pointer, responses }) =>
      Object.entries(responses).flatMap(([status, { content = {} }]) =>
        Object.entries(content).flatMap(([type, media]) => {
          const schema = `${pointer}/${status}/content/${escaped(type)}/schema`;
          return this.#examplesOf(media).flatMap((example) => this.#errors(schema, example));
        }),
      ),
    );
  }

  #examplesOf(media: object): unknown[] {
    const { example, examples, schema } = media as {
      example?: unknown;
      examples?: Record<string, { value: unknown }>;
      schema: { $ref?: string };
    };
    if (examples) return Object.values(examples).map(({ value }) => value);
    if (example !== undefined) return [example];
    const component = this.#ajv.getSchema(`document${schema.$ref}`)?.schema as { example?: unknown };
    return [component.example];
  }

  #contradictions(operation: Operation, response: Response, text: string): string[] {
    const described = operation.responses[response.status];
    if (!described) return ['no such status'];
    const { content = {}, headers = {} } = described;
    const type = response.headers.get('content-type')?.split(';')[0] ?? 'no type';
    if (!content[type]) return [`no such content type: ${type}`];
    const pointer = `${operation.pointer}/${response.status}`;
    const body: unknown = type.endsWith('json') ? JSON.parse(text) : text;
    return [
      ...this.#errors(`${pointer}/content/${escaped(type)}/schema`, body),
      ...Object.entries(headers).flatMap(([name, header]) => {
        const value = response.headers.get(name);
        if (value === null) return header.required ? [`no header ${name}`] : [];
        const typed = 'type' in header.schema && header.schema.type === 'integer' ? Number(value) : value;
        return this.#errors(`${pointer}/headers/${name}/schema`, typed);
      }),
      ...undescribed(response.headers, headers).map((name) => `no such header: ${name}`),
    ];
  }

  #errors(schema: string, value: unknown): string[] {
    const validate = this.#ajv.getSchema(schema);
    if (!validate) throw new Error(`${schema} is missing`);
    if (validate(value) === true) return [];
    return (validate.errors ?? []).map(
      ({ instancePath, message }) => `${schema} ${instancePath}: ${message}`,
    );
  }
}

function undescribed(sent: Headers, described: object): string[] {
  const known = new Set(Object.keys(described).map((name) => name.toLowerCase()));
  return [...sent.keys()].filter((name) => !ordinaryHeaders.has(name) && !known.has(name));
}

/** As a segment of a JSON pointer. */
const escaped = (segment: string): string => segment.replaceAll('~', '~0').replaceAll('/', '~1');
