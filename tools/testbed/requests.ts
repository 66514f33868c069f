import { setTimeout as sleep } from 'node:timers/promises';
import { HttpClient, type HttpResponse } from '@tools/load';
import { userToken } from './tokens.js';

const REPEAT_WITHIN_MS = 60_000;

/** How to buy. */
export interface PurchaseOptions {
  /** @default 1 */
  readonly quantity?: number;
  /** The Idempotency-Key. */
  readonly key?: string;
  /** The Prefer header. @default 'wait=10' */
  readonly prefer?: string;
  /** Whether a 503 is the answer, too. @default false */
  readonly once?: boolean;
}

/** Single requests of single buyers, for tests that look closely. */
export class Requests {
  readonly #client = new HttpClient(64);

  /**
   * Buys, at one gateway. A busy machine must not bring another answer: it asks for a long wait, and repeats what was
   * certainly not sent (503), unless `once`.
   */
  async buy(
    gateway: string,
    saleId: string,
    userId: string,
    { quantity = 1, key, prefer = 'wait=10', once = false }: PurchaseOptions = {},
  ): Promise<HttpResponse> {
    const headers: Record<string, string> = { authorization: `Bearer ${userToken(userId)}`, prefer };
    if (key !== undefined) headers['idempotency-key'] = key;
    const url = `${gateway}/v1/sales/${saleId}/purchases`;
    const deadline = performance.now() + REPEAT_WITHIN_MS;
    for (;;) {
      const answer = await this.#client.send({
        method: 'POST',
        url,
        headers,
        body: { quantity },
        timeoutMs: 60_000,
      });
      if (answer.status !== 503 || once || performance.now() > deadline) return answer;
      await sleep(500);
    }
  }

  /** Reads a path or a Location at one gateway. */
  get(gateway: string, path: string, userId: string): Promise<HttpResponse> {
    const headers = { authorization: `Bearer ${userToken(userId)}` };
    return this.#client.send({ method: 'GET', url: new URL(path, gateway).href, headers, timeoutMs: 60_000 });
  }

  close(): void {
    this.#client.close();
  }
}

/** A property of a JSON body. */
export function field(response: HttpResponse, name: string): unknown {
  return (response.body as Record<string, unknown> | undefined)?.[name];
}

/** The last part of a problem's type. */
export function problem(response: HttpResponse): string | undefined {
  const type = field(response, 'type');
  return typeof type === 'string' ? type.split('/').at(-1) : undefined;
}

/** The Location of a 201 or a 202. @throws Error when there is none */
export function location({ status, headers }: HttpResponse): string {
  const value = headers['location'];
  if (typeof value !== 'string') throw new Error(`an answer ${status} without a Location`);
  return value;
}
