import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { z } from 'zod';
import { CannotStartError } from '../../errors.js';
import { topology, type Topology } from '../../rocketmq/topology.js';
import type { Overview } from '../broker/overview.js';
import type { FaultOrderInput } from '../faults/fault-order.js';

/** What the side channel reaches. */
export interface Administered {
  overview(): Overview;
  define(wanted: Topology): Promise<void>;
  readonly faults: {
    order(order: FaultOrderInput): void;
    clear(): void;
    readonly done: ReadonlyMap<string, number>;
  };
}

const mostBytes = 1_000_000;

/**
 * A small HTTP door beside the wire protocol, on 127.0.0.1, for whoever has the broker in another process:
 * `GET /overview`, `GET|POST|DELETE /faults`, `POST /topology`.
 */
export class AdminServer {
  readonly #server: Server;

  constructor(target: Administered) {
    this.#server = createServer((request, response) => {
      void answer(target, request).then(
        (body) => send(response, 200, body),
        (error: unknown) => send(response, 400, { error: words(error) }),
      );
    });
    this.#server.unref();
  }

  /** Where it listens. */
  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** @throws CannotStartError when the port is taken */
  listen(port: number): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', (cause) =>
        reject(
          new CannotStartError(
            `Port ${port}, wanted for the stand-in's administration, cannot be used: ${cause.message}.`,
            'Choose another admin port; 0 takes a free one.',
            { cause },
          ),
        ),
      );
      this.#server.listen(port, '127.0.0.1', () => resolve());
    });
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }
}

async function answer(target: Administered, request: IncomingMessage): Promise<unknown> {
  switch (`${request.method} ${request.url}`) {
    case 'GET /overview':
      return target.overview();
    case 'POST /topology':
      await target.define(topology.parse(await body(request)));
      return {};
    case 'GET /faults':
      return Object.fromEntries(target.faults.done);
    case 'POST /faults':
      target.faults.order((await body(request)) as FaultOrderInput);
      return {};
    case 'DELETE /faults':
      target.faults.clear();
      return {};
    default:
      throw new Error('There are GET /overview, GET|POST|DELETE /faults and POST /topology.');
  }
}

async function body(request: IncomingMessage): Promise<unknown> {
  let text = '';
  for await (const chunk of request) {
    text += String(chunk);
    if (text.length > mostBytes) throw new Error(`more than ${mostBytes} bytes`);
  }
  return JSON.parse(text);
}

function send(response: ServerResponse, status: number, content: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(content));
}

function words(error: unknown): string {
  if (error instanceof z.ZodError) return z.prettifyError(error);
  return error instanceof Error ? error.message : String(error);
}
