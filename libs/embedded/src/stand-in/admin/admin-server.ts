import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { z } from 'zod';
import { CannotStartError } from '../../errors.js';
import { topology, type Topology } from '../../rocketmq/topology.js';
import type { Overview } from '../broker/overview.js';
import type { FaultOrderInput } from '../faults/fault-order.js';

/** The parts of a stand-in that can be controlled over HTTP. */
export interface Administered {
  overview(): Overview;
  define(wanted: Topology): Promise<void>;
  readonly faults: {
    order(order: FaultOrderInput): void;
    clear(): void;
    readonly done: ReadonlyMap<string, number>;
  };
}

const maxBytes = 1_000_000;

/**
 * A small HTTP server on 127.0.0.1 for controlling a broker from another process: `GET /overview`,
 * `GET|POST|DELETE /faults`, `POST /topology`.
 */
export class AdminServer {
  readonly #server: Server;

  constructor(target: Administered) {
    this.#server = createServer((request, response) => {
      void answer(target, request).then(
        (body) => send(response, 200, body),
        (error: unknown) => send(response, 400, { error: messageOf(error) }),
      );
    });
    this.#server.unref();
  }

  /** The bound port. */
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
      throw new Error('The endpoints are GET /overview, GET|POST|DELETE /faults and POST /topology.');
  }
}

async function body(request: IncomingMessage): Promise<unknown> {
  let text = '';
  for await (const chunk of request) {
    text += String(chunk);
    if (text.length > maxBytes) throw new Error(`the body is larger than ${maxBytes} bytes`);
  }
  return JSON.parse(text);
}

function send(response: ServerResponse, status: number, content: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(content));
}

function messageOf(error: unknown): string {
  if (error instanceof z.ZodError) return z.prettifyError(error);
  return error instanceof Error ? error.message : String(error);
}
