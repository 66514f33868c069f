import { RpcException } from '@nestjs/microservices';

/** The facts about a request that failed. */
export interface RequestFacts {
  /** The pattern it was sent to. */
  pattern: string;
  /** Its business identity. */
  requestId: string;
  /** ms since it was passed to the client. */
  elapsedMs: number;
}

/** A request that did not get an answer. `kind` distinguishes the cases. */
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

/** Certainly not sent: it will have no effect, and may be sent again. */
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

/** The broker did not confirm, but may have stored it. Only for `emit()`; `send()` keeps waiting for the answer. */
export class MaybeSentError extends RequestError {
  readonly kind = 'maybe-sent';

  constructor(facts: RequestFacts, options?: ErrorOptions) {
    super('the broker did not confirm; the request may have been stored', facts, options);
  }
}

/** No answer in time. The request was sent, or may have been: it can still be handled. */
export class ReplyTimeoutError extends RequestError {
  readonly kind = 'timeout';

  constructor(facts: RequestFacts) {
    super('no answer in time; the request may still be handled', facts);
  }
}

/** Some of several answers were lost on the way. The handler may nevertheless have completed. */
export class IncompleteReplyError extends RequestError {
  readonly kind = 'incomplete';

  constructor(
    /** How many answers arrived in order. */
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
    /** Details that the handler added, decoded from JSON. */
    readonly details: unknown,
    facts: RequestFacts,
  ) {
    super(`refused by the handler: ${code}: ${reason}`, facts);
  }
}

/** The client is closing. `certain`: the request was certainly not sent. */
export class ClosedError extends RequestError {
  readonly kind = 'closed';

  constructor(
    readonly certain: boolean,
    facts: RequestFacts,
  ) {
    super(certain ? 'shutting down; not sent' : 'shutting down; the request may still be handled', facts);
  }
}

/** A send failed. `certain`: the broker has certainly not stored the message. */
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

/** A message that was not written by this library, or by a newer version. It is parked, never retried. */
export class MalformedMessageError extends Error {
  override readonly name = 'MalformedMessageError';
}

/**
 * Thrown by a handler whose dependency is unavailable. Nothing is wrong with the request: the server stops receiving,
 * keeps the messages that it holds, and runs the handler again after a pause. No attempt is counted.
 */
export class UnavailableError extends RpcException {
  override readonly name = 'UnavailableError';

  constructor(message: string, options?: { cause?: unknown }) {
    super(message);
    if (options?.cause !== undefined) this.cause = options.cause;
  }

  /** Makes Nest's exception filter pass this error on unchanged. */
  override getError(): object {
    return this;
  }
}

/** Thrown by a handler to be run again later, through the retry topic; the waiter gets no answer yet. */
export class RetriableError extends RpcException {
  override readonly name = 'RetriableError';

  constructor(message: string, options?: { cause?: unknown }) {
    super(message);
    if (options?.cause !== undefined) this.cause = options.cause;
  }

  /** Makes Nest's exception filter pass this error on unchanged. */
  override getError(): object {
    return this;
  }
}

/** Thrown by a handler that would fail again in any case. The request is parked for an operator. */
export class UnprocessableError extends RpcException {
  override readonly name = 'UnprocessableError';

  /** @param code if given, the waiter gets a RequestRefusedError with it; otherwise it gets no answer */
  constructor(
    message: string,
    readonly code?: string,
  ) {
    super(message);
  }

  /** Makes Nest's exception filter pass this error on unchanged. */
  override getError(): object {
    return this;
  }
}
