import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { ShopRefusedError, ShopUnavailableError } from './errors.js';
import { HttpClient, type HttpRequest, type HttpResponse } from './http-client.js';

/** Terms of a sale, as an administrator gives them. */
export interface SaleTerms {
  /** @default the sale's id */
  readonly title?: string;
  /** Units for sale. */
  readonly total: number;
  /** Units that one user may have. @default 1 */
  readonly perUserLimit?: number;
  /** @default a minute ago */
  readonly opensAt?: Date;
  /** @default in a day */
  readonly closesAt?: Date;
}

const moment = z.iso.datetime().transform((text) => Date.parse(text));

const saleBooks = z.object({
  saleId: z.string(),
  total: z.int(),
  perUserLimit: z.int(),
  available: z.int(),
  reserved: z.int(),
  sold: z.int(),
  opensAt: moment,
  closesAt: moment,
  /** Requests by their decision. */
  requests: z.record(z.string(), z.int()),
});

/** The books of one sale. Times are ms since the epoch. */
export type SaleBooks = z.output<typeof saleBooks>;

/** How to reach the shop as its administrator. */
export interface SaleAdminOptions {
  /** Base URLs. When one does not answer, the next is asked. */
  readonly gateways: readonly string[];
  /** With the scope `sales:admin`. */
  readonly token: string;
  /** ms until a request is given up for good. @default 15_000 */
  readonly withinMs?: number;
}

const pauseMs = 200;

/** Opens sales and reads their books, over the gateways' HTTP. */
export class SaleAdmin {
  readonly #options: Required<SaleAdminOptions>;

  constructor(options: SaleAdminOptions) {
    this.#options = { withinMs: 15_000, ...options };
  }

  /**
   * Creates or changes a sale. Idempotent.
   * @throws ShopRefusedError when the gateway refuses the terms or the token
   * @throws ShopUnavailableError when no gateway answers
   */
  async put(saleId: string, terms: SaleTerms): Promise<void> {
    const response = await this.#request(`open the sale ${saleId}`, 'PUT', saleId, {
      body: bodyOf(saleId, terms),
    });
    if (response.status >= 300) throw refused(`open the sale ${saleId}`, response);
  }

  /**
   * Creates a sale unless there is one of that id, which then stays as it is.
   * @throws ShopRefusedError, ShopUnavailableError as {@link put}
   */
  async ensure(saleId: string, terms: SaleTerms): Promise<'created' | 'found'> {
    const response = await this.#request(`open the sale ${saleId}`, 'PUT', saleId, {
      body: bodyOf(saleId, terms),
      headers: { 'if-none-match': '*' },
    });
    if (response.status === 412) return 'found';
    if (response.status >= 300) throw refused(`open the sale ${saleId}`, response);
    return 'created';
  }

  /**
   * The books of a sale, as a gateway tells them.
   * @throws ShopRefusedError, ShopUnavailableError as {@link put}
   */
  async books(saleId: string): Promise<SaleBooks> {
    const response = await this.#request(`read the sale ${saleId}`, 'GET', saleId);
    if (response.status !== 200) throw refused(`read the sale ${saleId}`, response);
    return saleBooks.parse(response.body);
  }

  async #request(
    what: string,
    method: 'GET' | 'PUT',
    saleId: string,
    { body, headers }: Pick<HttpRequest, 'body' | 'headers'> = {},
  ): Promise<HttpResponse> {
    const { gateways, token, withinMs } = this.#options;
    const client = new HttpClient(1);
    const deadline = performance.now() + withinMs;
    let cause: unknown;
    try {
      for (let attempt = 0; performance.now() < deadline; attempt++) {
        if (attempt > 0) await sleep(pauseMs);
        const gateway = gateways[attempt % gateways.length]!;
        try {
          const response = await client.send({
            method,
            url: `${gateway}/v1/admin/sales/${saleId}`,
            headers: { authorization: `Bearer ${token}`, ...headers },
            body,
            timeoutMs: 10_000,
          });
          if (response.status < 500) return response;
          cause = new Error(`${gateway} says ${response.status}`);
        } catch (error) {
          cause = error;
        }
      }
      throw new ShopUnavailableError(what, withinMs, { cause });
    } finally {
      client.close();
    }
  }
}

function bodyOf(saleId: string, terms: SaleTerms) {
  const { total, perUserLimit = 1, title = saleId } = terms;
  const opensAt = (terms.opensAt ?? new Date(Date.now() - 60_000)).toISOString();
  const closesAt = (terms.closesAt ?? new Date(Date.now() + 86_400_000)).toISOString();
  return { title, total, perUserLimit, opensAt, closesAt };
}

function refused(what: string, { status, body }: HttpResponse): ShopRefusedError {
  const { detail = '' } = (body ?? {}) as { detail?: unknown };
  return new ShopRefusedError(what, status, typeof detail === 'string' ? detail : '');
}

/** An id for a sale that nobody has used. */
export function uniqueSaleId(name: string): string {
  return `${name}-${Date.now().toString(36)}-${Math.floor(Math.random() * 1e6).toString(36)}`;
}
