import { setTimeout as sleep } from 'node:timers/promises';
import { gatewayClient, type GatewayClient, type GatewayComponents } from '@seckill/gateway-client';
import { ShopRefusedError, ShopUnavailableError } from './errors.js';

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

type Books = GatewayComponents['schemas']['Books'];

/** The books of one sale. Times are ms since the epoch. */
export type SaleBooks = Omit<Books, 'title' | 'version' | 'opensAt' | 'closesAt'> & {
  readonly opensAt: number;
  readonly closesAt: number;
};

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
const requestTimeoutMs = 10_000;

/** Opens sales and reads their books, by the client that is generated from the gateway's description. */
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
    await this.#put(saleId, terms, {});
  }

  /**
   * Creates a sale unless there is one of that id, which then stays as it is.
   * @throws ShopRefusedError, ShopUnavailableError as {@link put}
   */
  async ensure(saleId: string, terms: SaleTerms): Promise<'created' | 'found'> {
    const status = await this.#put(saleId, terms, { 'If-None-Match': '*' });
    return status === 412 ? 'found' : 'created';
  }

  /**
   * The books of a sale, as a gateway tells them.
   * @throws ShopRefusedError, ShopUnavailableError as {@link put}
   */
  async books(saleId: string): Promise<SaleBooks> {
    const what = `read the sale ${saleId}`;
    const { data, error, response } = await this.#ask(what, (client, signal) =>
      client.GET('/v1/admin/sales/{saleId}', { params: { path: { saleId } }, signal }),
    );
    if (!data) throw new ShopRefusedError(what, response.status, error?.detail ?? '');
    return { ...data, opensAt: Date.parse(data.opensAt), closesAt: Date.parse(data.closesAt) };
  }

  /** @returns the status, which is 412 when `header` kept the sale as it is */
  async #put(saleId: string, terms: SaleTerms, header: { 'If-None-Match'?: '*' }): Promise<number> {
    const what = `open the sale ${saleId}`;
    // Once: a repeat of what got no answer must ask for the same opening, which is frozen if the first attempt came through.
    const body = bodyOf(saleId, terms);
    const { error, response } = await this.#ask(what, (client, signal) =>
      client.PUT('/v1/admin/sales/{saleId}', { params: { path: { saleId }, header }, body, signal }),
    );
    if (error && response.status !== 412) throw new ShopRefusedError(what, response.status, error.detail);
    return response.status;
  }

  /** Asks one gateway after the other until one has an answer below 500. */
  async #ask<Answer extends { response: Response }>(
    what: string,
    call: (client: GatewayClient, signal: AbortSignal) => Promise<Answer>,
  ): Promise<Answer> {
    const { gateways, token, withinMs } = this.#options;
    const deadline = performance.now() + withinMs;
    let cause: unknown;
    for (let attempt = 0; performance.now() < deadline; attempt++) {
      if (attempt > 0) await sleep(pauseMs);
      const baseUrl = gateways[attempt % gateways.length]!;
      try {
        const client = gatewayClient({ baseUrl, token });
        const answer = await call(client, AbortSignal.timeout(requestTimeoutMs));
        if (answer.response.status < 500) return answer;
        cause = new Error(`${baseUrl} says ${answer.response.status}`);
      } catch (error) {
        cause = error;
      }
    }
    throw new ShopUnavailableError(what, withinMs, { cause });
  }
}

function bodyOf(saleId: string, terms: SaleTerms) {
  const { total, perUserLimit = 1, title = saleId } = terms;
  const opensAt = (terms.opensAt ?? new Date(Date.now() - 60_000)).toISOString();
  const closesAt = (terms.closesAt ?? new Date(Date.now() + 86_400_000)).toISOString();
  return { title, total, perUserLimit, opensAt, closesAt };
}

/** A new id for a sale. */
export function uniqueSaleId(name: string): string {
  return `${name}-${Date.now().toString(36)}-${Math.floor(Math.random() * 1e6).toString(36)}`;
}
