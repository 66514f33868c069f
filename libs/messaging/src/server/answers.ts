import type { Span } from '@opentelemetry/api';
import type { EnvelopeRequest } from '../envelope.js';
import type { Delivery, Reply, ReplySender } from '../replies/reply-channel.js';
import { noteOrigin } from '../tracing.js';

type Outcome = Reply['outcome'];

/** An answer that could not be delivered to a waiter. */
export interface UndeliveredReply {
  pattern: string;
  requestId: string;
  /** Instance id of the process that should have received it. */
  replyTo: string;
  /** Position of the first of several answers that was not delivered. Later ones are not sent. */
  index: number;
}

/** The answers to one request, numbered in order: usually one, several when its handler returns an Observable. */
export class Answers {
  readonly #replies: ReplySender;
  readonly #replyTo: string;
  readonly #request: EnvelopeRequest;
  readonly #span: Span;
  readonly #onUndelivered: (delivery: Exclude<Delivery, 'settled'>, index: number) => void;
  readonly #inProgress: Promise<void>[] = [];
  #index = 0;
  #undelivered = false;

  /** @param onUndelivered called with the first answer that was not delivered */
  constructor(
    replies: ReplySender,
    replyTo: string,
    request: EnvelopeRequest,
    span: Span,
    onUndelivered: (delivery: Exclude<Delivery, 'settled'>, index: number) => void,
  ) {
    this.#replies = replies;
    this.#replyTo = replyTo;
    this.#request = request;
    this.#span = span;
    this.#onUndelivered = onUndelivered;
  }

  /** The handler runs again: the numbers start again, and the waiter drops answers that it has already received. */
  restart(): void {
    this.#index = 0;
  }

  /** Sends an answer that is not the last. After an undelivered one the rest is not sent: there would be a gap. */
  next(outcome: Outcome): void {
    this.#inProgress.push(this.#deliver(outcome, true));
  }

  /** Sends the last answer, or only the end. Resolves when all answers were delivered or dropped. */
  async end(outcome: Outcome): Promise<void> {
    await Promise.all([...this.#inProgress, this.#deliver(outcome, false)]);
  }

  async #deliver(outcome: Outcome, more: boolean): Promise<void> {
    const { correlationId, requestId } = this.#request;
    const index = this.#index++;
    if (this.#replyTo === '' || correlationId === 0 || this.#undelivered) return;
    const reply: Reply = { correlationId, requestId, outcome, index, more };
    noteOrigin(reply, this.#span);
    const delivery: Delivery = await this.#replies.send(this.#replyTo, reply);
    if (delivery === 'settled' || this.#undelivered) return;
    this.#undelivered = true;
    this.#onUndelivered(delivery, index);
  }
}
