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

/** What all requests of one client share. */
export interface RequestHost {
  readonly waiting: WaitingRequests<Reply>;
  readonly sender: EnvelopeSender;
  readonly clock: Pick<Clock, 'now'>;
  /** @param pattern of the handler that answered */
  deserialize(bytes: Buffer, pattern: string): unknown;
  /** Whether waits end because the client closes. */
  isClosing(): boolean;
  /** Called at the end of each request that was not cancelled. */
  onEnd(outcome: string, span: Span, error: unknown): void;
}

/** One call of `send()`. */
export interface RequestCall {
  readonly pattern: string;
  readonly request: EnvelopeRequest;
  readonly message?: MessageFacts | undefined;
  readonly span: Span;
  /** Called with each answer, and at the end. */
  readonly callback: (packet: WritePacket) => void;
}

const EMPTY = Buffer.alloc(0);

/**
 * The waiter of one request. It goes through these states:
 *
 * - Registered: `start` adds it to the table of waiters before the request is sent, so that no reply can come too
 *   early.
 * - Waiting: the request is buffered, in flight, or sent. A reply, the timeout, a certain failure to send, or a
 *   cancellation takes it out of the table.
 * - Ended, once and for good: answered, refused, timed out, not sent, or cancelled. Of two events at the same moment,
 *   the one that removes the entry from the table ends the request; the other one has no effect.
 *
 * A failed send ends it only when the request was certainly not sent. If it may have been sent it keeps waiting,
 * because the reply may still come.
 *
 * There is one of these per waiting caller, so what they share is kept in RequestHost.
 */
export class PendingRequest implements Waiter<Reply> {
  readonly #host: RequestHost;
  readonly #call: RequestCall;
  #id: number | undefined;
  /** Index of the next reply. */
  #next = 0;
  /** Whether it has timed out as a request that may have been sent. */
  #timedOutUncertain = false;

  constructor(host: RequestHost, call: RequestCall) {
    this.#host = host;
    this.#call = call;
  }

  /** Registers the waiter, then sends. @param timeoutMs the longest wait for each answer */
  start(timeoutMs: number): void {
    const { waiting, sender } = this.#host;
    const { pattern, request, message } = this.#call;
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
      // The broker has it and it is never sent again: its payload need not be kept until the answer comes.
      if (sending.sent === 'yes') request.payload = EMPTY;
      // 'maybe': the answer may still come, and the request must never end as not sent.
      if (sending.sent !== 'no') return;
      // It timed out while in flight, so its caller was told that it may have been sent. It must not lapse because of
      // that.
      if (this.#timedOutUncertain) void sender.retryUntilConfirmed(pattern, request, message);
      if (!waiting.remove(id)) return;
      const { reason, cause } = sending;
      this.#finish('not-sent', { err: new NotSentError(reason, this.#facts(), { cause }) });
    });
  }

  /** The caller has unsubscribed. */
  cancel(): void {
    if (this.#withdraw()) endCreate(this.#call.span, 'cancelled');
  }

  /** Whether a reply is for this request. */
  accepts({ requestId }: Reply): boolean {
    return requestId === this.#call.request.requestId;
  }

  /** Whether more replies follow this one. */
  waitsOnAfter({ index, more }: Reply): boolean {
    return more && index <= this.#next;
  }

  /**
   * Takes the replies in order, each once. When a handler runs again, its last reply ends the wait even if its value
   * was received before as an intermediate one: whether the end comes together with a value depends on timing.
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
      const parsed = details.length > 0 ? parseDetails(details) : undefined;
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
    if (more) this.#call.callback({ response });
    else this.#finish('answered', { response, isDisposed: true });
  }

  /** The wait is over. A request that can still be withdrawn was certainly not sent. */
  expire(): void {
    const { pattern, request } = this.#call;
    const certain = this.#host.sender.withdraw(pattern, request);
    if (this.#host.isClosing()) this.#finish('closed', { err: new ClosedError(certain, this.#facts()) });
    else if (certain)
      this.#finish('not-sent', { err: new NotSentError('timed out before it was sent', this.#facts()) });
    else {
      this.#timedOutUncertain = true;
      this.#finish('timeout', { err: new ReplyTimeoutError(this.#facts()) });
    }
  }

  get #tag(): string {
    return this.#call.message?.tag ?? this.#call.pattern;
  }

  #facts(): RequestFacts {
    const { pattern, request } = this.#call;
    return {
      pattern,
      requestId: request.requestId,
      elapsedMs: this.#host.clock.now() - request.sentAtMs,
    };
  }

  /** @returns false if it has already ended */
  #withdraw(): boolean {
    if (this.#id === undefined || !this.#host.waiting.remove(this.#id)) return false;
    this.#host.sender.withdraw(this.#call.pattern, this.#call.request);
    return true;
  }

  #finish(outcome: string, answer: WritePacket): void {
    this.#host.onEnd(outcome, this.#call.span, answer.err);
    this.#call.callback(answer);
  }
}

function parseDetails(details: Buffer): unknown {
  try {
    return jsonSerializer.deserialize(details);
  } catch {
    return undefined;
  }
}
