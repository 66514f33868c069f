import { status } from '@grpc/grpc-js';
import { ClientException } from 'rocketmq-client-nodejs';
import { SendError } from '../errors.js';

/** Statuses of apache.rocketmq.v2 with which a broker refuses a message before it stores anything (400–429). */
const REFUSED = { from: 40_000, to: 42_999 };
/** In this range, but a request that timed out may have been stored. */
const REQUEST_TIMEOUT = 40_800;

/** Errors that the client throws before it calls the broker. */
const NOT_CALLED = /^Producer is not running now|^Current message type not match/;

/** Errors of grpc-js when there was no connection on which a call could have left. */
const NO_CONNECTION = /No connection established|Name resolution failed/;

/**
 * Decides whether a failed send was certainly not stored, or may have been stored while its answer was lost. When in
 * doubt, it may have been stored.
 */
export function toSendError(cause: unknown): SendError {
  const message = cause instanceof Error ? cause.message : String(cause);
  return new SendError(message, isCertain(cause), { cause });
}

function isCertain(cause: unknown): boolean {
  if (cause instanceof SendError) return cause.certain;
  if (cause instanceof ClientException)
    return cause.code >= REFUSED.from && cause.code <= REFUSED.to && cause.code !== REQUEST_TIMEOUT;
  if (isServiceError(cause)) return cause.code === status.UNAVAILABLE && NO_CONNECTION.test(cause.details);
  return cause instanceof Error && NOT_CALLED.test(cause.message);
}

function isServiceError(cause: unknown): cause is { code: number; details: string } {
  return cause instanceof Error && 'code' in cause && 'details' in cause && typeof cause.details === 'string';
}
