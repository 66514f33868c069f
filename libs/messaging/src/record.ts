import { v7 as uuidv7 } from 'uuid';

/** A payload and how it is to be sent. */
export interface RocketMqRecord<T = unknown> {
  data: T;
  requestId: string;
  /** How long to wait for the answer, in ms. */
  timeoutMs?: number;
  /** For how long a handler may act on it, in ms from now. */
  expiryMs?: number;
  headers: Record<string, string>;
}

const RECORD = Symbol('RocketMqRecord');

/** Says how one request is to be sent. */
export class RocketMqRecordBuilder<T> {
  readonly #data: T;
  readonly #headers: Record<string, string> = {};
  #requestId: string | undefined;
  #timeoutMs: number | undefined;
  #expiryMs: number | undefined;

  /** @param data the payload; the client's serializer must know what to do with it */
  constructor(data: T) {
    this.#data = data;
  }

  /** The business identity: the same request sent again carries the same id. @default a new UUIDv7 */
  setRequestId(requestId: string): this {
    if (requestId === '') throw new TypeError('a request id must not be empty');
    this.#requestId = requestId;
    return this;
  }

  /** How long `send()` waits for the answer, in ms. @default the client's `defaultTimeoutMs` */
  setTimeout(ms: number): this {
    this.#timeoutMs = positive('timeout', ms);
    return this;
  }

  /** For how long a handler may act on it, in ms from now. @default no expiry */
  setExpiry(ms: number): this {
    this.#expiryMs = positive('expiry', ms);
    return this;
  }

  /** Metadata that travels with this request. The key is lower-cased. */
  setHeader(key: string, value: string): this {
    this.#headers[key.toLowerCase()] = value;
    return this;
  }

  build(): RocketMqRecord<T> {
    const record: RocketMqRecord<T> & { [RECORD]: true } = {
      [RECORD]: true,
      data: this.#data,
      requestId: this.#requestId ?? uuidv7(),
      headers: this.#headers,
    };
    if (this.#timeoutMs !== undefined) record.timeoutMs = this.#timeoutMs;
    if (this.#expiryMs !== undefined) record.expiryMs = this.#expiryMs;
    return record;
  }
}

/** What was built is taken as it is; anything else is a payload of its own. */
export function toRecord(data: unknown): RocketMqRecord {
  const built = typeof data === 'object' && data !== null && RECORD in data;
  return built ? (data as unknown as RocketMqRecord) : new RocketMqRecordBuilder(data).build();
}

function positive(what: string, ms: number): number {
  if (!(ms > 0) || !Number.isFinite(ms))
    throw new TypeError(`a ${what} must be a positive number of ms, not ${ms}`);
  return ms;
}
