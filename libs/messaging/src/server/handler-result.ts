import { HttpException, HttpStatus } from '@nestjs/common';
import { RpcException, type MessageHandler } from '@nestjs/microservices';
import { isObservable, Subscription, type Observable } from 'rxjs';
import { RetriableError, UnavailableError, UnprocessableError } from '../errors.js';

/** How a handler ended. */
export type HandlerResult =
  /** It returned a value. */
  | { kind: 'value'; value: unknown }
  /** It returned an Observable that completed without a last value. */
  | { kind: 'completed' }
  /** It answered with an error of its own. */
  | { kind: 'refused'; code: string; message: string; details: unknown }
  /** A dependency is unavailable. */
  | { kind: 'unavailable'; reason: string }
  /** It failed, or asked to be retried. */
  | { kind: 'failed'; reason: string }
  /** A retry would fail again. With a code the waiter gets an error. */
  | { kind: 'unprocessable'; reason: string; code?: string };

/** The message that Nest's exception filter gives to any error that is not an RpcException. */
const NEST_DEFAULT_ERROR = 'Internal server error';

/**
 * Runs a handler. Several handlers of one event count as one: Nest runs them in parallel, and if one fails all of them
 * run again.
 * @param early called with each value of an Observable but the last
 */
export async function runHandler(
  handler: MessageHandler,
  payload: unknown,
  context: unknown,
  early: (value: unknown) => void,
): Promise<HandlerResult> {
  try {
    const result: unknown = await handler(payload, context);
    if (!isObservable(result)) return { kind: 'value', value: result };
    const last = await lastOf(result, early);
    return last ? { kind: 'value', value: last.value } : { kind: 'completed' };
  } catch (error) {
    return toResult(error);
  }
}

/**
 * Runs an Observable to its end. Each value is held back until the next macrotask: if the Observable completes by then,
 * as it does with every interceptor, the value is the last one, and the end needs no reply of its own.
 */
function lastOf(
  values: Observable<unknown>,
  early: (value: unknown) => void,
): Promise<{ value: unknown } | undefined> {
  return new Promise((resolve, reject) => {
    let held: { value: unknown } | undefined;
    const subscription = new Subscription();
    const release = () => {
      if (!held) return;
      const { value } = held;
      held = undefined;
      try {
        early(value);
      } catch (error) {
        subscription.unsubscribe();
        reject(error);
      }
    };
    subscription.add(
      values.subscribe({
        next: (value) => {
          release();
          const mine = { value };
          held = mine;
          setImmediate(() => held === mine && release());
        },
        error: (error) => {
          release();
          reject(error);
        },
        complete: () => {
          const last = held;
          held = undefined;
          resolve(last);
        },
      }),
    );
  });
}

/** Codes are strings or numbers; anything else would become [object Object]. */
function isCode(code: unknown): code is string | number {
  return typeof code === 'string' || typeof code === 'number';
}

function toResult(error: unknown): HandlerResult {
  if (error instanceof UnavailableError) return { kind: 'unavailable', reason: error.message };
  if (error instanceof RetriableError) return { kind: 'failed', reason: error.message };
  if (error instanceof UnprocessableError) {
    const { message: reason, code } = error;
    return { kind: 'unprocessable', reason, ...(code !== undefined && { code }) };
  }
  if (error instanceof RpcException) return refused(error.getError());
  if (error instanceof HttpException && error.getStatus() < 500) return refused(httpAnswer(error));
  if (error instanceof Error) return { kind: 'failed', reason: error.message };
  return refused(error);
}

/** An error that an exception filter returned is the answer, unless it is Nest's default for an unexpected error. */
function refused(answer: unknown): HandlerResult {
  const message = typeof answer === 'string' ? answer : 'the handler refused the request';
  if (typeof answer !== 'object' || answer === null)
    return { kind: 'refused', code: 'ERROR', message, details: undefined };
  const { code, status, message: text = message, ...details } = answer as Record<string, unknown>;
  if (status === 'error' && text === NEST_DEFAULT_ERROR)
    return { kind: 'failed', reason: NEST_DEFAULT_ERROR };
  return {
    kind: 'refused',
    // The status of an RpcException without a code is the word "error".
    code:
      [code, status]
        .find(isCode)
        ?.toString()
        .replace(/^error$/, 'ERROR') ?? 'ERROR',
    message: typeof text === 'string' ? text : message,
    details: Object.keys(details).length > 0 ? details : undefined,
  };
}

/** Its status, and the rest of its response, such as the messages of a validation. */
function httpAnswer(error: HttpException): object {
  const statusCode = error.getStatus();
  const response = error.getResponse();
  const body: { message?: unknown } = typeof response === 'object' ? response : {};
  const { message: messages, ...rest } = body;
  const details = Array.isArray(messages) ? { ...rest, messages } : rest;
  return { ...details, statusCode, code: HttpStatus[statusCode], message: error.message };
}
