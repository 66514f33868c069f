import { v7 as uuidv7 } from 'uuid';

/** A payload and how it is to be sent. */
export interface RocketMqRecord<T = unknown> {
  data: T;
  requestId: string;
  /** How long to wait for the answer, in ms. */
  timeoutMs?: number;
  /** For how long a handler may act on it, in ms from now. */
  expiryMs?: number;
  /** Until when a handler may act on it, ms since the epoch; instead of `expiryMs`. */
  expiresAtMs?: number;
  headers: Record<string, string>;
  /** What it belongs to; empty: nothing. */
  orderingKey: string;
  /** With any of these it travels in a message of its own. */
  message?: MessageFacts;
}

/** What RocketMQ knows of a message, and not only the handler. */
export interface MessageFacts {
  /** Instead of the pattern. The handler's pattern is the tag. */
  tag?: string;
  /** By which operators find the message. */
  keys?: string[];
  /** ms until it is delivered; the topic must be of type DELAY. */
  delayMs?: number;
  /** User properties of the message. */
  properties?: Record<string, string>;
}

const RECORD = Symbol('RocketMqRecord');

/** Says how one request is to be sent. */
export class RocketMqRecordBuilder<T> {
  readonly #data: T;
  readonly #headers: Record<string, string> = {};
  #requestId: string | undefined;
  #timeoutMs: number | undefined;
  #expiry: Pick<RocketMqRecord, 'expiryMs' | 'expiresAtMs'> = {};
  #orderingKey = '';
  #message: MessageFacts | undefined;

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
    this.#expiry = { expiryMs: positive('expiry', ms) };
    return this;
  }

  /**
   * Until when a handler may act on it, ms since the epoch by the client's clock: a deadline that is known already.
   * @default no expiry
   */
  setExpiresAtMs(ms: number): this {
    this.#expiry = { expiresAtMs: positive('deadline', ms) };
    return this;
  }

  /** Metadata that travels with this request. The key is lower-cased. */
  setHeader(key: string, value: string): this {
    this.#headers[key.toLowerCase()] = value;
    return this;
  }

  /** What it belongs to, such as an order. The handler's context tells it. */
  setOrderingKey(key: string): this {
    this.#orderingKey = key;
    return this;
  }

  /** Delivers it so many ms later. The client's topic must be of type DELAY. It travels alone. */
  setDelay(ms: number): this {
    return this.#alone({ delayMs: positive('delay', ms) });
  }

  /** Sends it to the handler of another pattern than the one it is sent with. It travels alone. */
  setTag(tag: string): this {
    if (!/^[^|\s]+$/.test(tag)) throw new TypeError(`a tag must not be empty nor hold spaces or "|": ${tag}`);
    return this.#alone({ tag });
  }

  /** Keys by which operators find the message in RocketMQ. It travels alone. */
  setKeys(...keys: string[]): this {
    return this.#alone({ keys });
  }

  /** A user property of the message. It travels alone; metadata that only the handler wants is a header. */
  setProperty(key: string, value: string): this {
    return this.#alone({ properties: { ...this.#message?.properties, [key]: value } });
  }

  build(): RocketMqRecord<T> {
    const record: RocketMqRecord<T> & { [RECORD]: true } = {
      [RECORD]: true,
      data: this.#data,
      requestId: this.#requestId ?? uuidv7(),
      headers: this.#headers,
      orderingKey: this.#orderingKey,
      ...this.#expiry,
    };
    if (this.#message) record.message = this.#message;
    if (this.#timeoutMs !== undefined) record.timeoutMs = this.#timeoutMs;
    return record;
  }

  #alone(facts: MessageFacts): this {
    this.#message = { ...this.#message, ...facts };
    return this;
  }
}

/** What was built is taken as it is; anything else is a payload of its own. */
export function toRecord(data: unknown): RocketMqRecord {
  const built = typeof data === 'object' && data !== null && RECORD in data;
  return built ? (data as unknown as RocketMqRecord) : new RocketMqRecordBuilder(data).build();
}

/** Until when a handler may act on a record that is sent now, ms since the epoch; 0: for ever. A whole number that is safe. */
export function expiryOf({ expiryMs, expiresAtMs }: RocketMqRecord, now: number): number {
  const expiresAt = expiresAtMs ?? (expiryMs === undefined ? 0 : now + expiryMs);
  return Math.min(Math.ceil(expiresAt), Number.MAX_SAFE_INTEGER);
}

function positive(what: string, ms: number): number {
  if (!(ms > 0) || !Number.isFinite(ms))
    throw new TypeError(`a ${what} must be a positive number of ms, not ${ms}`);
  return ms;
}
