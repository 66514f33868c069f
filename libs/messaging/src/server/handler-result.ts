import type { MessageHandler } from '@nestjs/microservices';
import { firstValueFrom, isObservable } from 'rxjs';
import { RetriableError, UnavailableError, UnprocessableError } from '../errors.js';

/** How a handler ended. */
export type HandlerResult =
  /** It returned a value. */
  | { kind: 'value'; value: unknown }
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

/** Runs a handler, and the others of its pattern after it; the first one's value is the result. */
export async function runHandler(
  first: MessageHandler,
  payload: unknown,
  context: unknown,
): Promise<HandlerResult> {
  try {
    let value: unknown;
    for (let handler: MessageHandler | undefined = first; handler; handler = handler.next) {
      const result: unknown = await handler(payload, context);
      const settled = isObservable(result)
        ? await firstValueFrom(result, { defaultValue: undefined })
        : result;
      if (handler === first) value = settled;
    }
    return { kind: 'value', value };
  } catch (error) {
    return toResult(error);
  }
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
  if (error instanceof Error) return { kind: 'failed', reason: error.message };
  const { code, status, message, ...details } = error as Record<string, unknown>;
  if (status === 'error' && message === FLATTENED) return { kind: 'failed', reason: FLATTENED };
  return {
    kind: 'refused',
    code: [code, status].find(isWord)?.toString() ?? 'ERROR',
    message: typeof message === 'string' ? message : 'the handler refused the request',
    details: Object.keys(details).length > 0 ? details : undefined,
  };
}
