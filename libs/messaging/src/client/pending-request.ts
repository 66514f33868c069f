import type { WritePacket } from '@nestjs/microservices';
import type { Span } from '@opentelemetry/api';
import type { Clock } from '@seckill/clock';
import type { EnvelopeRequest } from '../envelope.js';
import {
  ClosedError,
  IncompleteReplyError,
  NotSentError,
  ReplyTimeoutError,
  RequestRefusedError,
  type RequestFacts,
} from '../errors.js';
import type { MessageFacts } from '../record.js';
import type { Reply } from '../replies/reply-channel.js';
import { jsonSerializer } from '../serializer.js';
import { endCreate } from '../tracing.js';
import type { EnvelopeSender } from './envelope-sender.js';
import type { Waiter, WaitingRequests } from './waiting-requests.js';

/** What the requests of one client have in common. */
export interface RequestHost {
  readonly waiting: WaitingRequests<Reply>;
  readonly sender: EnvelopeSender;
  readonly clock: Pick<Clock, 'now'>;
  /** @param pattern of the handler that answered */
  deserialize(bytes: Buffer, pattern: string): unknown;
  /** Whether waits end because the client closes. */
  isClosing(): boolean;
  /** Hears of the end of each request that was not cancelled. */
  ended(outcome: string, span: Span, error: unknown): void;
}

/** One request, as it was asked for. */
export interface AskedRequest {
  readonly pattern: string;
  readonly request: EnvelopeRequest;
  readonly message?: MessageFacts | undefined;
  readonly span: Span;
  /** Takes the answers and the end. */
  readonly callback: (packet: WritePacket) => void;
}

const NOTHING = Buffer.alloc(0);

/**
 * One request from the moment it is handed over until it ends: answered, refused, timed out, not sent, or cancelled.
 * The entry in the table of waiters decides races: whoever takes it out ends the request. There are as many of these
 * as buyers wait, so what they share is not in them.
 */
export class PendingRequest implements Waiter<Reply> {
  readonly #host: RequestHost;
  readonly #asked: AskedRequest;
  #id: number | undefined;
  /** Index of the reply that is due. */
  #next = 0;
  /** Whether it ended as one that may have been sent. */
  #toldMaybe = false;

  constructor(host: RequestHost, asked: AskedRequest) {
    this.#host = host;
    this.#asked = asked;
  }

  /** Registers the waiter, and only then sends. @param timeoutMs the longest wait for each answer */
  start(timeoutMs: number): void {
    const { waiting, sender } = this.#host;
    const { pattern, request, message } = this.#asked;
    const id = waiting.add(this, timeoutMs);
    if (id === undefined) {
      this.#finish('not-sent', {
        err: new NotSentError('too many requests wait for answers', this.#facts()),
      });
      return;
    }
    this.#id = id;
    request.correlationId = id;
    void sender.send(pattern, request, message).then((sending) => {
      // It is stored, and never sent again: no need to keep it for as long as the answer takes.
      if (sending.sent === 'yes') request.payload = NOTHING;
      // 'maybe' goes on waiting: the answer may well come. It must not be told as not sent in any case.
      if (sending.sent !== 'no') return;
      // The wait was over while it was on its way. It must not lapse for that: who asked was told to ask again.
      if (this.#toldMaybe) void sender.retryUntilConfirmed(pattern, request, message);
      if (!waiting.remove(id)) return;
      const { reason, cause } = sending;
      this.#finish('not-sent', { err: new NotSentError(reason, this.#facts(), { cause }) });
    });
  }

  /** Nobody is interested any more. */
  cancel(): void {
    if (this.#withdraw()) endCreate(this.#asked.span, 'cancelled');
  }

  /** Whether a reply is for this very request. */
  accepts({ requestId }: Reply): boolean {
    return requestId === this.#asked.request.requestId;
  }

  /** Whether more is to come after this reply. */
  waitsOnAfter({ index, more }: Reply): boolean {
    return more && index <= this.#next;
  }

  /**
   * Takes the replies in their order, each once. The last one of a handler that was run again ends the wait also when
   * its value has been taken as one before the last: whether the end comes with a value is a matter of time.
   */
  settle({ outcome, index, more }: Reply): void {
    const seen = index < this.#next;
    if (seen && more) return;
    if (seen && outcome?.$case !== 'error') return this.#finish('answered', { isDisposed: true });
    if (index > this.#next) {
      this.#finish('incomplete', { err: new IncompleteReplyError(this.#next, this.#facts()) });
      return;
    }
    if (!seen) this.#next++;
    if (outcome?.$case === 'error') {
      const { code, message, details } = outcome.value;
      const parsed = details.length > 0 ? safely(() => jsonSerializer.deserialize(details)) : undefined;
      this.#finish('refused', { err: new RequestRefusedError(code, message, parsed, this.#facts()) });
      return;
    }
    let response: unknown;
    try {
      response = outcome && this.#host.deserialize(outcome.value, this.#tag);
    } catch (err) {
      this.#withdraw();
      this.#finish('undecodable', { err });
      return;
    }
    if (more) this.#asked.callback({ response });
    else this.#finish('answered', { response, isDisposed: true });
  }

  /** The wait is over. What can still be taken back was certainly not sent. */
  expire(): void {
    const { pattern, request } = this.#asked;
    const certain = this.#host.sender.withdraw(pattern, request);
    if (this.#host.isClosing()) this.#finish('closed', { err: new ClosedError(certain, this.#facts()) });
    else if (certain)
      this.#finish('not-sent', { err: new NotSentError('it did not leave in time', this.#facts()) });
    else {
      this.#toldMaybe = true;
      this.#finish('timeout', { err: new ReplyTimeoutError(this.#facts()) });
    }
  }

  get #tag(): string {
    return this.#asked.message?.tag ?? this.#asked.pattern;
  }

  #facts(): RequestFacts {
    const { pattern, request } = this.#asked;
    return {
      pattern,
      requestId: request.requestId,
      elapsedMs: this.#host.clock.now() - request.sentAtMs,
    };
  }

  /** @returns false if it has ended before */
  #withdraw(): boolean {
    if (this.#id === undefined || !this.#host.waiting.remove(this.#id)) return false;
    this.#host.sender.withdraw(this.#asked.pattern, this.#asked.request);
    return true;
  }

  #finish(outcome: string, answer: WritePacket): void {
    this.#host.ended(outcome, this.#asked.span, answer.err);
    this.#asked.callback(answer);
  }
}

function safely<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
