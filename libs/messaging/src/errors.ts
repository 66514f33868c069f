import { RpcException } from '@nestjs/microservices';

/** What is known of a request when it fails. */
export interface RequestFacts {
  /** The pattern it was sent to. */
  pattern: string;
  /** Its business identity. */
  requestId: string;
  /** ms since it was handed to the client. */
  elapsedMs: number;
}

/** A request that did not get an answer. `kind` tells the cases apart. */
export abstract class RequestError extends Error {
  abstract readonly kind: 'not-sent' | 'maybe-sent' | 'timeout' | 'incomplete' | 'refused' | 'closed';
  readonly pattern: string;
  readonly requestId: string;
  readonly elapsedMs: number;

  protected constructor(message: string, facts: RequestFacts, options?: ErrorOptions) {
    super(
      `${message} (pattern ${facts.pattern}, request ${facts.requestId}, ${facts.elapsedMs} ms)`,
      options,
    );
    this.name = new.target.name;
    this.pattern = facts.pattern;
    this.requestId = facts.requestId;
    this.elapsedMs = facts.elapsedMs;
  }
}

/** Certainly not sent: nothing will come of it, and it may be sent again at once or later. */
export class NotSentError extends RequestError {
  readonly kind = 'not-sent';

  constructor(
    readonly reason: string,
    facts: RequestFacts,
    options?: ErrorOptions,
  ) {
    super(`not sent: ${reason}`, facts, options);
  }
}

/** The broker may have stored it although it did not say so. Only for `emit()`; `send()` waits on. */
export class MaybeSentError extends RequestError {
  readonly kind = 'maybe-sent';

  constructor(facts: RequestFacts, options?: ErrorOptions) {
    super('the broker did not confirm; the request may have been stored', facts, options);
  }
}

/** No answer in time. The request has left, or may have: it can still be handled. */
export class ReplyTimeoutError extends RequestError {
  readonly kind = 'timeout';

  constructor(facts: RequestFacts) {
    super('no answer in time; the request may still be handled', facts);
  }
}

/** Some of several answers were lost on their way. The handler may have gone through all the same. */
export class IncompleteReplyError extends RequestError {
  readonly kind = 'incomplete';

  constructor(
    /** How many answers came in order. */
    readonly received: number,
    facts: RequestFacts,
  ) {
    super(`answers were lost after the first ${received}`, facts);
  }
}

/** The handler answered with an error. */
export class RequestRefusedError extends RequestError {
  readonly kind = 'refused';

  constructor(
    /** The handler's code, such as `NO_HANDLER` or one of the application's own. */
    readonly code: string,
    readonly reason: string,
    /** Whatever the handler added, after its trip as JSON. */
    readonly details: unknown,
    facts: RequestFacts,
  ) {
    super(`refused by the handler: ${code}: ${reason}`, facts);
  }
}

/** The client is closing. `certain` tells whether the request certainly never left. */
export class ClosedError extends RequestError {
  readonly kind = 'closed';

  constructor(
    readonly certain: boolean,
    facts: RequestFacts,
  ) {
    super(certain ? 'shutting down; not sent' : 'shutting down; the request may still be handled', facts);
  }
}

/** A send that failed. `certain`: the broker certainly did not store the message. */
export class SendError extends Error {
  override readonly name = 'SendError';

  constructor(
    message: string,
    readonly certain: boolean,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** A message that no version of this library wrote, or one that is too new. It is parked, never retried. */
export class MalformedMessageError extends Error {
  override readonly name = 'MalformedMessageError';
}

/**
 * Thrown by a handler: what it depends on cannot be reached. Nothing is wrong with the request: the server stops
 * receiving, keeps what it holds, and runs the handler again when it may be worth it. No attempt is counted.
 */
export class UnavailableError extends RpcException {
  override readonly name = 'UnavailableError';

  constructor(message: string, options?: { cause?: unknown }) {
    super(message);
    if (options?.cause !== undefined) this.cause = options.cause;
  }

  /** Nest's exception filter hands this on as it is. */
  override getError(): object {
    return this;
  }
}

/** Thrown by a handler: run it again later, through the retry topic; the waiter gets no answer yet. */
export class RetriableError extends RpcException {
  override readonly name = 'RetriableError';

  constructor(message: string, options?: { cause?: unknown }) {
    super(message);
    if (options?.cause !== undefined) this.cause = options.cause;
  }

  /** Nest's exception filter hands this on as it is. */
  override getError(): object {
    return this;
  }
}

/** Thrown by a handler: running it again will not help. The request is parked for an operator. */
export class UnprocessableError extends RpcException {
  override readonly name = 'UnprocessableError';

  /** @param code with it the waiter is told, as RequestRefusedError; without it nobody is answered */
  constructor(
    message: string,
    readonly code?: string,
  ) {
    super(message);
  }

  /** Nest's exception filter hands this on as it is. */
  override getError(): object {
    return this;
  }
}
