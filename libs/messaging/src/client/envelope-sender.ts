import { Batcher, NotSentError as NeverLeftError, type BatcherOptions } from '@seckill/batching';
import { sleep, type Clock } from '@seckill/clock';
import { encodeEnvelope, sizeOfRequest, type Envelope, type EnvelopeRequest } from '../envelope.js';
import { SendError } from '../errors.js';
import type { MessageFacts } from '../record.js';
import type { OutgoingMessage } from '../rocketmq/topic-producer.js';

/** How requests leave. */
export interface EnvelopeSenderOptions {
  /** Sends one message with these requests, once. Rejects with SendError. */
  send: (message: OutgoingMessage, requests: readonly EnvelopeRequest[]) => Promise<void>;
  /** Instance id of the process that waits for the answers. */
  replyTo: string;
  /** Most requests in one envelope. */
  maxRequests: number;
  /** Envelopes of one pattern in the air at once. */
  flights: number;
  /** Most bytes in one envelope. */
  maxBytes: number;
  /** Requests that may wait in the buffer; one more is refused. */
  maxWaiting: number;
  /** A request that has waited this long in the buffer is given up, in ms. */
  maxWaitMs: number;
  /** A flight that is in the air for longer, in ms, no longer keeps the next one on the ground. */
  lateAfterMs: number;
  /** For how long a failed send is tried again, in ms. */
  retryForMs: number;
  /** Hears of requests that are no longer sent although the broker has not confirmed them and their sender hopes. */
  onAbandoned: (requests: number, reason: Abandonment) => void;
  clock: Clock;
}

/** Why a request that may be lost is not sent again: as many are already, its time is over, or the client closes. */
export type Abandonment = 'too many' | 'expired' | 'closed';

/** What became of a request that was to be sent. */
export type Sending =
  /** The broker has stored it. */
  | { sent: 'yes' }
  /** It certainly did not. */
  | { sent: 'no'; reason: string; cause?: unknown }
  /** The answer was lost. */
  | { sent: 'maybe'; cause: unknown };

/** Messages of requests that travel alone that may be in the air at once. */
const FLIGHTS_ALONE = 16;

/** Pauses before what may have been lost is sent again, in ms. */
const FIRST_INSISTENCE_MS = 500;
const LAST_INSISTENCE_MS = 2_000;

/** Gathers requests into envelopes: one flight per pattern towards the broker, the rest gathers meanwhile. */
export class EnvelopeSender {
  readonly #options: EnvelopeSenderOptions;
  readonly #over = new AbortController();
  readonly #lanes = new Map<string, Batcher<EnvelopeRequest, void>>();
  /** Of requests that travel alone, each with what its message is to show. */
  readonly #alone: Batcher<EnvelopeRequest, void>;
  readonly #messages = new WeakMap<EnvelopeRequest, MessageFacts>();
  /** Requests that are sent again until the broker confirms them. */
  #unconfirmed = 0;

  constructor(options: EnvelopeSenderOptions) {
    this.#options = options;
    this.#alone = this.#newLane({
      send: (requests) => this.#sendAlone(requests),
      maxItems: 1,
      flights: FLIGHTS_ALONE,
    });
  }

  /** Requests in the buffer. */
  get waiting(): number {
    let { waiting } = this.#alone;
    for (const lane of this.#lanes.values()) waiting += lane.waiting;
    return waiting;
  }

  /** Sends a request with others of its pattern, or alone when its message is to show more. Never rejects. */
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
   * Goes on sending a request that certainly was not sent, after who waited for it was told that it may have been:
   * with others of its pattern, until the broker may have it or it has expired.
   */
  async insist(pattern: string, request: EnvelopeRequest, message?: MessageFacts): Promise<void> {
    const { maxWaiting, clock, onAbandoned } = this.#options;
    const { signal } = this.#over;
    if (this.#unconfirmed >= maxWaiting) return onAbandoned(1, 'too many');
    this.#unconfirmed++;
    for (let pauseMs = FIRST_INSISTENCE_MS; ; pauseMs = Math.min(pauseMs * 2, LAST_INSISTENCE_MS)) {
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

  /** Resolves when everything that was to be sent has been, or has failed. */
  async idle(): Promise<void> {
    await Promise.all([this.#alone, ...this.#lanes.values()].map((lane) => lane.idle()));
  }

  /** Refuses what has not left; what is in the air is not tried again. */
  close(): void {
    this.#over.abort();
    for (const lane of [this.#alone, ...this.#lanes.values()]) lane.close();
  }

  #lane(pattern: string): Batcher<EnvelopeRequest, void> {
    let lane = this.#lanes.get(pattern);
    if (!lane) {
      const { maxRequests, maxBytes, flights } = this.#options;
      lane = this.#newLane({
        send: (requests) => this.#sendEnvelope(requests, { tag: pattern }),
        maxItems: maxRequests,
        flights,
        maxBytes,
        sizeOf: sizeOfRequest,
      });
      if (this.#over.signal.aborted) lane.close();
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

  /** A message that goes twice does no harm (handlers are idempotent), so a failed send is tried again for a while. */
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
        // More than at the beginning: the clock was set back.
        if (left <= 0 || left > retryForMs || this.#over.signal.aborted) {
          if (!certain) void this.#insist(requests, message);
          throw new SendError(cause instanceof Error ? cause.message : String(cause), certain, { cause });
        }
        await sleep(clock, Math.min(50 * attempt, 250), this.#over.signal);
      }
    }
  }

  /**
   * Nobody knows whether the broker has them, and who waited was told so. They are sent again until it confirms, or
   * they have expired: a broker that crashed with them would otherwise leave them to lapse. Those without an expiry
   * are left to the sender, who was told, too.
   */
  async #insist(requests: EnvelopeRequest[], message: MessageFacts): Promise<void> {
    const { send, replyTo, maxWaiting, clock, onAbandoned } = this.#options;
    const { signal } = this.#over;
    let left = requests.filter(({ expiresAtMs }) => expiresAtMs > clock.now());
    const count = left.length;
    if (this.#unconfirmed + count > maxWaiting) return onAbandoned(count, 'too many');
    this.#unconfirmed += count;
    for (let pauseMs = FIRST_INSISTENCE_MS; ; pauseMs = Math.min(pauseMs * 2, LAST_INSISTENCE_MS)) {
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
    return this.#over.signal.aborted ? 'closed' : undefined;
  }
}

/** @throws SendError when there is something in it that no envelope can hold: then it certainly was not sent */
function encoded(envelope: Envelope): Buffer {
  try {
    return encodeEnvelope(envelope);
  } catch (cause) {
    throw new SendError(`the envelope cannot be written: ${String(cause)}`, true, { cause });
  }
}
