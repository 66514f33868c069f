import { createHash, randomFillSync } from 'node:crypto';
import { v7 as uuidv7 } from 'uuid';

/** Separates these ids from other uses of the same hash. */
const DOMAIN = 'seckill/purchase/1';

const RANDOM_BYTES = 16;

/**
 * Identities of requests without an Idempotency-Key: UUIDv7 (RFC 9562, section 5.7).
 *
 * Random bytes are drawn for many ids at once. Drawn for each id, they cost more than the rest of the id, and 4 % of
 * the whole request.
 */
export class RequestIds {
  readonly #pool: Uint8Array;
  readonly #fill: (bytes: Uint8Array) => void;
  #used: number;

  /**
   * @param fill fills with random bytes
   * @param drawn ids whose random bytes are drawn at once
   */
  constructor(fill: (bytes: Uint8Array) => void = (bytes) => randomFillSync(bytes), drawn = 256) {
    this.#fill = fill;
    this.#pool = new Uint8Array(drawn * RANDOM_BYTES);
    this.#used = this.#pool.length;
  }

  /** A new one. */
  next(): string {
    if (this.#used === this.#pool.length) {
      this.#fill(this.#pool);
      this.#used = 0;
    }
    const random = this.#pool.subarray(this.#used, (this.#used += RANDOM_BYTES));
    return uuidv7({ random });
  }
}

/**
 * The identity of a request with an Idempotency-Key: the same for the same user, sale and key on every gateway.
 *
 * A name-based UUIDv8 from SHA-256, as RFC 9562 sketches it in appendix B.2. The name is a JSON array of strings:
 * unlike a plain concatenation, no two different lists of strings have the same one.
 */
export function derivedRequestId(userId: string, saleId: string, key: string): string {
  const name = JSON.stringify([DOMAIN, userId, saleId, key]);
  const bytes = createHash('sha256').update(name).digest();
  // RFC 9562, section 5.8: version 8 in the high half of octet 6, variant 10 in the high bits of octet 8.
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x80, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  const hex = bytes.toString('hex', 0, 16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
