import { Batcher, NotSentError as NeverLeftError, type BatcherOptions } from '@seckill/batching';
import { sleep, type Clock } from '@seckill/clock';
import { encodeEnvelope, sizeOfRequest, type Envelope, type EnvelopeRequest } from '../envelope.js';
import { SendError } from '../errors.js';
import type { MessageFacts } from '../record.js';
import type { OutgoingMessage } from '../rocketmq/topic-producer.js';

/** How an envelope sender gathers, sends and retries. */
export interface EnvelopeSenderOptions {
  /** Sends one message with these requests, once. Rejects with SendError. */
  send: (message: OutgoingMessage, requests: readonly EnvelopeRequest[]) => Promise<void>;
  /** Instance id of the process that waits for the answers. */
  replyTo: string;
  /** Most requests in one envelope. */
  maxBatchSize: number;
  /** Envelopes of one pattern in flight at once. */
  maxInFlight: number;
  /** Most bytes in one envelope. */
  maxBatchBytes: number;
  /** Requests that may wait in the buffer; one more is refused. */
  maxWaiting: number;
  /** A request that has waited in the buffer for this many ms is not sent any more. */
  maxWaitMs: number;
  /** An envelope in flight for longer than this many ms no longer blocks the next one. */
  lateAfterMs: number;
  /** For how long a failed send is retried before the requests settle as 'no' or 'maybe', in ms. */
  retryForMs: number;
  /** Called when retryUntilConfirmed stops before the broker has confirmed. */
  onAbandoned: (requests: number, reason: Abandonment) => void;
  clock: Clock;
}

/**
 * Why retryUntilConfirmed stops: too many requests are being retried, the request has expired, or the client closes.
 */
export type Abandonment = 'too many' | 'expired' | 'closed';

/** What became of a request that was to be sent. */
export type Sending =
  /** The broker has stored it. */
  | { sent: 'yes' }
  /** The broker has certainly not stored it. */
  | { sent: 'no'; reason: string; cause?: unknown }
  /** The broker's answer was lost: it may have stored it. */
  | { sent: 'maybe'; cause: unknown };

/** Requests with a message of their own that may be in flight at once. */
const MAX_ALONE_IN_FLIGHT = 16;

/** Pauses of retryUntilConfirmed, in ms: doubled from the first to the longest. */
const FIRST_RETRY_PAUSE_MS = 500;
const LONGEST_RETRY_PAUSE_MS = 2_000;

/**
 * Gathers requests into envelopes and sends them. A request goes through these states:
 *
 * - Buffered: it waits in the lane of its pattern while another envelope of the lane is in flight. It can be withdrawn;
 *   when it waits too long or the client closes, it was certainly not sent ('no').
 * - In flight: its envelope is being sent. A failed attempt is repeated for `retryForMs`.
 * - Confirmed ('yes'): the broker has stored it.
 * - Not sent ('no'): each attempt certainly failed. Nothing will come of it, and the caller may try again.
 * - Unconfirmed ('maybe'): the answer to an attempt was lost. The caller keeps waiting for a reply, and the envelope is
 *   sent again until the broker confirms it or its requests expire (retryUntilConfirmed): a broker that crashed with it
 *   would otherwise leave them to lapse.
 *
 * Sending a request twice does no harm, because handlers are idempotent by request id.
 */
export class EnvelopeSender {
  readonly #options: EnvelopeSenderOptions;
  readonly #closing = new AbortController();
  readonly #lanes = new Map<string, Batcher<EnvelopeRequest, void>>();
  /** Requests that need a message of their own. */
  readonly #alone: Batcher<EnvelopeRequest, void>;
  readonly #messages = new WeakMap<EnvelopeRequest, MessageFacts>();
  /** Requests in retryUntilConfirmed. */
  #unconfirmed = 0;

  constructor(options: EnvelopeSenderOptions) {
    this.#options = options;
    this.#alone = this.#newLane({
      send: (requests) => this.#sendAlone(requests),
      maxBatchSize: 1,
      maxInFlight: MAX_ALONE_IN_FLIGHT,
    });
  }

  /** Requests in the buffer. */
  get waiting(): number {
    let { waiting } = this.#alone;
    for (const lane of this.#lanes.values()) waiting += lane.waiting;
    return waiting;
  }

  /** Sends a request with others of its pattern, or alone when it needs a message of its own. Never rejects. */
  async send(pattern: string, request: EnvelopeRequest, message?: MessageFacts): Promise<Sending> {
    try {
      if (message) {
        this.#messages.set(request, { tag: pattern, ...message });
        await this.#alone.add(request);
      } else await this.#lane(pattern).add(request);
      return { sent: 'yes' };
    } catch (cause) {
      if (cause instanceof NeverLeftError) return { sent: 'no', reason: cause.reason };
      if (cause instanceof SendError && cause.certain) return { sent: 'no', reason: cause.message, cause };
      return { sent: 'maybe', cause };
    }
  }

  /**
   * Sends a request again that certainly was not sent, although its caller has already been answered that it may have
   * been: with others of its pattern, until the broker may have it or it has expired.
   */
  async retryUntilConfirmed(
    pattern: string,
    request: EnvelopeRequest,
    message?: MessageFacts,
  ): Promise<void> {
    const { maxWaiting, clock, onAbandoned } = this.#options;
    const { signal } = this.#closing;
    if (this.#unconfirmed >= maxWaiting) return onAbandoned(1, 'too many');
    this.#unconfirmed++;
    for (let pauseMs = FIRST_RETRY_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_RETRY_PAUSE_MS)) {
      await sleep(clock, pauseMs, signal);
      const reason = this.#reasonToStop(request.expiresAtMs <= clock.now());
      if (reason) onAbandoned(1, reason);
      if (reason || (await this.send(pattern, request, message)).sent !== 'no') break;
    }
    this.#unconfirmed--;
  }

  /** Takes back a request that has not left. @returns false if it has left */
  withdraw(pattern: string, request: EnvelopeRequest): boolean {
    const lane = this.#messages.has(request) ? this.#alone : this.#lanes.get(pattern);
    return lane?.withdraw(request) ?? false;
  }

  /** Resolves when each request has been sent or has failed. */
  async idle(): Promise<void> {
    await Promise.all([this.#alone, ...this.#lanes.values()].map((lane) => lane.idle()));
  }

  /** Refuses what has not left; what is in flight is not retried. */
  close(): void {
    this.#closing.abort();
    for (const lane of [this.#alone, ...this.#lanes.values()]) lane.close();
  }

  #lane(pattern: string): Batcher<EnvelopeRequest, void> {
    let lane = this.#lanes.get(pattern);
    if (!lane) {
      const { maxBatchSize, maxBatchBytes, maxInFlight } = this.#options;
      lane = this.#newLane({
        send: (requests) => this.#sendEnvelope(requests, { tag: pattern }),
        maxBatchSize,
        maxInFlight,
        maxBatchBytes,
        sizeOf: sizeOfRequest,
      });
      if (this.#closing.signal.aborted) lane.close();
      this.#lanes.set(pattern, lane);
    }
    return lane;
  }

  #newLane(own: BatcherOptions<EnvelopeRequest, void>): Batcher<EnvelopeRequest, void> {
    const { maxWaiting, maxWaitMs, lateAfterMs, clock } = this.#options;
    return new Batcher({ maxWaiting, maxWaitMs, lateAfterMs, clock, ...own });
  }

  async #sendAlone(requests: EnvelopeRequest[]): Promise<void[]> {
    return this.#sendEnvelope(requests, this.#messages.get(requests[0]!)!);
  }

  async #sendEnvelope(requests: EnvelopeRequest[], message: MessageFacts): Promise<void[]> {
    const { send, replyTo, retryForMs, clock } = this.#options;
    const body = encoded({ replyTo, requests });
    const giveUpAt = clock.now() + retryForMs;
    let certain = true;
    for (let attempt = 1; ; attempt++) {
      try {
        await send({ ...message, body }, requests);
        return requests.map(() => undefined);
      } catch (cause) {
        certain &&= cause instanceof SendError && cause.certain;
        const left = giveUpAt - clock.now();
        // More time left than at the beginning means that the clock was set back.
        if (left <= 0 || left > retryForMs || this.#closing.signal.aborted) {
          if (!certain) void this.#retryUntilConfirmed(requests, message);
          throw new SendError(cause instanceof Error ? cause.message : String(cause), certain, { cause });
        }
        await sleep(clock, Math.min(50 * attempt, 250), this.#closing.signal);
      }
    }
  }

  /**
   * Sends an unconfirmed envelope again. Requests without an expiry are left out: only their caller knows for how
   * long.
   */
  async #retryUntilConfirmed(requests: EnvelopeRequest[], message: MessageFacts): Promise<void> {
    const { send, replyTo, maxWaiting, clock, onAbandoned } = this.#options;
    const { signal } = this.#closing;
    let left = requests.filter(({ expiresAtMs }) => expiresAtMs > clock.now());
    const count = left.length;
    if (this.#unconfirmed + count > maxWaiting) return onAbandoned(count, 'too many');
    this.#unconfirmed += count;
    for (let pauseMs = FIRST_RETRY_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_RETRY_PAUSE_MS)) {
      await sleep(clock, pauseMs, signal);
      const alive = left.filter(({ expiresAtMs }) => expiresAtMs > clock.now());
      if (alive.length < left.length) onAbandoned(left.length - alive.length, 'expired');
      left = alive;
      const reason = this.#reasonToStop(left.length === 0);
      if (reason === 'closed') onAbandoned(left.length, reason);
      if (reason) break;
      const body = encodeEnvelope({ replyTo, requests: left });
      const confirmed = await send({ ...message, body }, left).then(
        () => true,
        () => false,
      );
      if (confirmed) break;
    }
    this.#unconfirmed -= count;
  }

  #reasonToStop(expired: boolean): Abandonment | undefined {
    if (expired) return 'expired';
    return this.#closing.signal.aborted ? 'closed' : undefined;
  }
}

/** @throws SendError, certain, when the envelope cannot be encoded */
function encoded(envelope: Envelope): Buffer {
  try {
    return encodeEnvelope(envelope);
  } catch (cause) {
    throw new SendError(`cannot encode the envelope: ${String(cause)}`, true, { cause });
  }
}
