import { RefusedError } from '../broker/refused-error.js';
import { definition } from './protocol.js';
import type { Code as StatusCode, Status } from './protocol-types.js';

const { Code } = definition;
const codes: ReadonlyMap<number, StatusCode> = new Map(
  Object.values(Code).flatMap((code) => (typeof code === 'number' ? [[code, code]] : [])),
);

/** Status OK. */
export function okStatus(): Status {
  return new definition.Status().setCode(Code.OK).setMessage('OK');
}

/** The status for an error: that of a refusal, otherwise an internal error. */
export function statusOf(error: unknown): Status {
  const message = error instanceof Error ? error.message : String(error);
  const code = error instanceof RefusedError ? codeOf(error.status) : Code.INTERNAL_SERVER_ERROR;
  return new definition.Status().setCode(code).setMessage(message);
}

/** The status of several results: their common one, or MULTIPLE_RESULTS. */
export function sharedStatus(statuses: readonly Status[]): Status {
  const [first] = statuses;
  if (first && statuses.every((status) => status.getCode() === first.getCode())) return first;
  return new definition.Status().setCode(Code.MULTIPLE_RESULTS).setMessage('MULTIPLE_RESULTS');
}

function codeOf(status: number): StatusCode {
  return codes.get(status) ?? Code.INTERNAL_SERVER_ERROR;
}
