import { createHmac, timingSafeEqual } from 'node:crypto';
import type { PurchaseQuery } from '@seckill/inventory-client';

/** The query of a Location, as received. */
export type LocationQuery = Record<string, string | string[] | undefined>;

/** The path of one request's outcome. */
export const purchasePath = (saleId: string, requestId: string): string =>
  `/v1/sales/${saleId}/purchases/${requestId}`;

/**
 * Writes and reads the Location of pending requests. Its signature proves to every gateway with the same key who
 * asked for what, and until when it may be decided (`decideByMs`, in the query `until`), although nothing is stored yet. The user
 * is signed, but not part of the address.
 */
export class PurchaseLocations {
  readonly #key: Buffer;

  /** @param key the same on every gateway */
  constructor(key: Buffer) {
    this.#key = key;
  }

  /** The address of the outcome. */
  sign(request: PurchaseQuery): string {
    const { saleId, requestId, decideByMs, quantity } = request;
    const signature = this.#signature(request).toString('base64url');
    return `${purchasePath(saleId, requestId)}?until=${decideByMs}&quantity=${quantity}&signature=${signature}`;
  }

  /** The request, if the query was signed for exactly this request and user. */
  read(
    whose: Pick<PurchaseQuery, 'saleId' | 'requestId' | 'userId'>,
    query: LocationQuery,
  ): PurchaseQuery | undefined {
    const decideByMs = wholeNumber(query['until']);
    const quantity = wholeNumber(query['quantity']);
    const { signature } = query;
    if (decideByMs === undefined || quantity === undefined || typeof signature !== 'string') return undefined;
    const request = { ...whose, decideByMs, quantity };
    const expected = this.#signature(request);
    // Compared as text: base64url has several spellings of one value, and only ours is accepted.
    const given = Buffer.from(signature);
    const wanted = Buffer.from(expected.toString('base64url'));
    return given.length === wanted.length && timingSafeEqual(given, wanted) ? request : undefined;
  }

  /** A JSON array separates the parts: two different requests never give the same text. */
  #signature({ saleId, requestId, userId, decideByMs, quantity }: PurchaseQuery): Buffer {
    const text = JSON.stringify(['seckill/location/1', requestId, saleId, userId, decideByMs, quantity]);
    return createHmac('sha256', this.#key).update(text).digest();
  }
}

function wholeNumber(text: string | string[] | undefined): number | undefined {
  return typeof text === 'string' && /^[1-9]\d{0,15}$/.test(text) ? Number(text) : undefined;
}
