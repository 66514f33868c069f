import { HttpException, HttpStatus } from '@nestjs/common';
import { RpcException, type MessageHandler } from '@nestjs/microservices';
import { isObservable, Subscription, type Observable } from 'rxjs';
import { RetriableError, UnavailableError, UnprocessableError } from '../errors.js';

/** How a handler ended. */
export type HandlerResult =
  /** It returned a value. */
  | { kind: 'value'; value: unknown }
  /** It returned an Observable that had nothing more to say. */
  | { kind: 'completed' }
  /** It answered with an error of its own. */
  | { kind: 'refused'; code: string; message: string; details: unknown }
  /** What it depends on cannot be reached. */
  | { kind: 'unavailable'; reason: string }
  /** It failed, or asked to be run again. */
  | { kind: 'failed'; reason: string }
  /** Running it again will not help. With a code the waiter is told so. */
  | { kind: 'unprocessable'; reason: string; code?: string };

/** What Nest's exception filter makes of everything that is not an RpcException. */
const FLATTENED = 'Internal server error';

/**
 * Runs a handler. Several handlers of one event are one here: Nest runs them side by side, and if one of them fails all
 * of them run again.
 * @param early takes each value of an Observable that is not its last
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
 * Runs an Observable to its end. A value is held back for a moment: one that the end follows at once, as with every
 * interceptor, is the last, and needs no second message to say so.
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

/** Codes are words or numbers; anything else would read as [object Object]. */
function isWord(code: unknown): code is string | number {
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

/** What an exception filter let through is the answer, unless it is what Nest's own filter makes of a defect. */
function refused(answer: unknown): HandlerResult {
  const message = typeof answer === 'string' ? answer : 'the handler refused the request';
  if (typeof answer !== 'object' || answer === null)
    return { kind: 'refused', code: 'ERROR', message, details: undefined };
  const { code, status, message: said = message, ...details } = answer as Record<string, unknown>;
  if (status === 'error' && said === FLATTENED) return { kind: 'failed', reason: FLATTENED };
  return {
    kind: 'refused',
    // The status of an RpcException without a code is the word "error".
    code:
      [code, status]
        .find(isWord)
        ?.toString()
        .replace(/^error$/, 'ERROR') ?? 'ERROR',
    message: typeof said === 'string' ? said : message,
    details: Object.keys(details).length > 0 ? details : undefined,
  };
}

/** Its status, and whatever its response says, such as each field that a validation did not like. */
function httpAnswer(error: HttpException): object {
  const statusCode = error.getStatus();
  const response = error.getResponse();
  const said: { message?: unknown } = typeof response === 'object' ? response : {};
  const { message: messages, ...rest } = said;
  const details = Array.isArray(messages) ? { ...rest, messages } : rest;
  return { ...details, statusCode, code: HttpStatus[statusCode], message: error.message };
}
