import type { Span } from '@opentelemetry/api';
import type { EnvelopeRequest } from '../envelope.js';
import type { Delivery, Reply, ReplySender } from '../replies/reply-channel.js';
import { noteOrigin } from '../tracing.js';

type Outcome = Reply['outcome'];

/** What is known of a request whose answer reached nobody. */
export interface UndeliveredReply {
  pattern: string;
  requestId: string;
  /** Instance id of the process that was to get it. */
  replyTo: string;
  /** Which of several answers: the first that did not arrive. Those after it are not sent. */
  index: number;
}

/** The answers to one request: usually one, several when its handler returns an Observable. In order, each numbered. */
export class Answers {
  readonly #replies: ReplySender;
  readonly #replyTo: string;
  readonly #request: EnvelopeRequest;
  readonly #span: Span;
  readonly #onUndelivered: (delivery: Exclude<Delivery, 'settled'>, index: number) => void;
  readonly #underWay: Promise<void>[] = [];
  #index = 0;
  #undelivered = false;

  /** @param onUndelivered hears of the first answer that did not arrive */
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

  /** The handler runs again: it counts from the beginning, and the waiter drops what it has seen. */
  restart(): void {
    this.#index = 0;
  }

  /** An answer that is not the last. After one that did not arrive the rest is not sent: it could not be in order. */
  next(outcome: Outcome): void {
    this.#underWay.push(this.#deliver(outcome, true));
  }

  /** The last answer, or only the end of them. Resolves when all have arrived or were given up. */
  async end(outcome: Outcome): Promise<void> {
    await Promise.all([...this.#underWay, this.#deliver(outcome, false)]);
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
