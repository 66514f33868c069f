import type { WritePacket } from '@nestjs/microservices';
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
import type { EnvelopeSender } from './envelope-sender.js';
import type { Waiter, WaitingRequests } from './waiting-requests.js';

/** What one request needs of its client. */
export interface PendingRequestOptions {
  pattern: string;
  request: EnvelopeRequest;
  message?: MessageFacts | undefined;
  waiting: WaitingRequests<Reply>;
  sender: EnvelopeSender;
  timeoutMs: number;
  deserialize: (bytes: Buffer) => unknown;
  isClosing: () => boolean;
  facts: () => RequestFacts;
  /** Takes an answer that is not the last. */
  next: (response: unknown) => void;
  /** Takes the end. */
  finish: (outcome: string, answer: WritePacket) => void;
}

const NOTHING = Buffer.alloc(0);

/**
 * One request from the moment it is handed over until it ends: answered, refused, timed out, not sent, or cancelled.
 * The entry in the table of waiters decides races: whoever takes it out ends the request.
 */
export class PendingRequest implements Waiter<Reply> {
  readonly #options: PendingRequestOptions;
  #id: number | undefined;
  /** Index of the reply that is due. */
  #next = 0;
  /** Whether it ended as one that may have been sent. */
  #toldMaybe = false;

  constructor(options: PendingRequestOptions) {
    this.#options = options;
  }

  /** Registers the waiter, and only then sends. */
  start(): void {
    const { waiting, sender, pattern, request, message, timeoutMs, facts, finish } = this.#options;
    this.#id = waiting.add(this, timeoutMs);
    if (this.#id === undefined) {
      finish('not-sent', { err: new NotSentError('too many requests wait for answers', facts()) });
      return;
    }
    request.correlationId = this.#id;
    const id = this.#id;
    void sender.send(pattern, request, message).then((sending) => {
      // It is stored, and never sent again: no need to keep it for as long as the answer takes.
      if (sending.sent === 'yes') request.payload = NOTHING;
      // 'maybe' goes on waiting: the answer may well come. It must not be told as not sent in any case.
      if (sending.sent !== 'no') return;
      // The wait was over while it was on its way. It must not lapse for that: who asked was told to ask again.
      if (this.#toldMaybe) void sender.insist(pattern, request, message);
      if (!waiting.remove(id)) return;
      finish('not-sent', { err: new NotSentError(sending.reason, facts(), { cause: sending.cause }) });
    });
  }

  /** Nobody is interested any more. @returns false if it has ended before */
  cancel(): boolean {
    if (this.#id === undefined || !this.#options.waiting.remove(this.#id)) return false;
    this.#options.sender.withdraw(this.#options.pattern, this.#options.request);
    return true;
  }

  /** Whether a reply is for this very request. */
  accepts({ requestId }: Reply): boolean {
    return requestId === this.#options.request.requestId;
  }

  /** Whether more is to come after this reply. */
  waitsOnAfter({ index, more }: Reply): boolean {
    return index < this.#next || (more && index === this.#next);
  }

  /** Takes the replies in their order, each once. */
  settle({ outcome, index, more }: Reply): void {
    const { deserialize, facts, finish, next } = this.#options;
    if (index < this.#next) return;
    if (index > this.#next) {
      finish('incomplete', { err: new IncompleteReplyError(this.#next, facts()) });
      return;
    }
    this.#next++;
    if (outcome?.$case === 'error') {
      const { code, message, details } = outcome.value;
      const parsed = details.length > 0 ? safely(() => jsonSerializer.deserialize(details)) : undefined;
      finish('refused', { err: new RequestRefusedError(code, message, parsed, facts()) });
      return;
    }
    let response: unknown;
    try {
      response = outcome && deserialize(outcome.value);
    } catch (err) {
      this.cancel();
      finish('undecodable', { err });
      return;
    }
    if (more) next(response);
    else finish('answered', { response, isDisposed: true });
  }

  /** The wait is over. What can still be taken back was certainly not sent. */
  expire(): void {
    const { sender, pattern, request, isClosing, facts, finish } = this.#options;
    const certain = sender.withdraw(pattern, request);
    if (isClosing()) finish('closed', { err: new ClosedError(certain, facts()) });
    else if (certain) finish('not-sent', { err: new NotSentError('it did not leave in time', facts()) });
    else {
      this.#toldMaybe = true;
      finish('timeout', { err: new ReplyTimeoutError(facts()) });
    }
  }
}

function safely<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
