import { Agent, request } from 'node:http';

/** One HTTP request. */
export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PUT';
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** ms until an answer is given up. The connection is closed then. */
  readonly timeoutMs: number;
}

/** What came back, whole. */
export interface HttpResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** The body as JSON; undefined when it is none. */
  readonly body: unknown;
}

/** HTTP over kept-alive connections: cheap enough to play thousands of buyers beside the system under test. */
export class HttpClient {
  readonly #agent: Agent;

  /** @param connections open at most so many to each origin */
  constructor(connections: number) {
    this.#agent = new Agent({ keepAlive: true, maxSockets: connections, scheduling: 'lifo' });
  }

  /** @throws Error when the connection is lost or the time is over: whether the request was carried out is unknown */
  send({ method, url, headers, body, timeoutMs }: HttpRequest): Promise<HttpResponse> {
    return new Promise((resolve, reject) => {
      const payload = body === undefined ? undefined : JSON.stringify(body);
      const content = payload === undefined ? {} : contentHeaders(payload);
      const sent = request(url, { method, agent: this.#agent, headers: { ...headers, ...content } });
      const timer = setTimeout(() => sent.destroy(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs);
      const fail = (error: Error) => {
        clearTimeout(timer);
        reject(error);
      };
      sent.on('error', fail);
      sent.once('response', (received) => {
        const chunks: Buffer[] = [];
        received.on('data', (chunk: Buffer) => chunks.push(chunk));
        received.on('error', fail);
        received.once('end', () => {
          clearTimeout(timer);
          const { statusCode, headers: answered } = received;
          resolve({ status: statusCode ?? 0, headers: answered, body: parsed(Buffer.concat(chunks)) });
        });
      });
      sent.end(payload);
    });
  }

  /** Closes all connections; what is under way fails. */
  close(): void {
    this.#agent.destroy();
  }
}

function contentHeaders(payload: string): Record<string, string | number> {
  return { 'content-type': 'application/json', 'content-length': Buffer.byteLength(payload) };
}

function parsed(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8')) as unknown;
  } catch {
    return undefined;
  }
}
