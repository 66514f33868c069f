import { v7 as uuidv7 } from 'uuid';

/** A payload and the options of its request. */
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
  /** The entity that it belongs to; empty: none. */
  orderingKey: string;
  /** With any of these the request is sent in a message of its own. */
  message?: MessageFacts;
}

/** Attributes of a message that RocketMQ itself sees, not only the handler. */
export interface MessageFacts {
  /** Replaces the pattern as the tag, which selects the handler. */
  tag?: string;
  /** Keys by which operators find the message. */
  keys?: string[];
  /** ms until it is delivered; the topic must be of type DELAY. */
  delayMs?: number;
  /** User properties of the message. */
  properties?: Record<string, string>;
}

const RECORD = Symbol('RocketMqRecord');

/** Builds a request with options. */
export class RocketMqRecordBuilder<T> {
  readonly #data: T;
  readonly #headers: Record<string, string> = {};
  #requestId: string | undefined;
  #timeoutMs: number | undefined;
  #expiry: Pick<RocketMqRecord, 'expiryMs' | 'expiresAtMs'> = {};
  #orderingKey = '';
  #message: MessageFacts | undefined;

  /** @param data the payload, in a form that the client's serializer accepts */
  constructor(data: T) {
    this.#data = data;
  }

  /** The business identity: a request that is sent again has the same id. @default a new UUIDv7 */
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

  /** The entity that it belongs to, such as an order. The handler finds it in its context. */
  setOrderingKey(key: string): this {
    this.#orderingKey = key;
    return this;
  }

  /** Delays its delivery, in ms. The client's topic must be of type DELAY. It gets a message of its own. */
  setDelay(ms: number): this {
    return this.#alone({ delayMs: positive('delay', ms) });
  }

  /** Sends it to the handler of another pattern. It gets a message of its own. */
  setTag(tag: string): this {
    if (!/^[^|\s]+$/.test(tag))
      throw new TypeError(`a tag must not be empty or contain spaces or "|": ${tag}`);
    return this.#alone({ tag });
  }

  /** Keys by which operators find the message in RocketMQ. It gets a message of its own. */
  setKeys(...keys: string[]): this {
    return this.#alone({ keys });
  }

  /**
   * A user property of the message. It gets a message of its own; use headers for metadata that only the handler
   * needs.
   */
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

/** Returns a built record as it is; anything else becomes the payload of a new one. */
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
