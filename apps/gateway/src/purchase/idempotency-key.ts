import { invalidRequest } from '../http/problem.js';

const visible = /^[\x21-\x7e]{1,128}$/;
const quoted = /^"((?:[^"\\]|\\["\\])*)"$/;

/**
 * Reads an Idempotency-Key: 1–128 visible ASCII characters, bare or as a quoted string (as the IETF draft
 * draft-ietf-httpapi-idempotency-key-header has it). Bare and quoted are the same key.
 * @throws ProblemError 400 when it is neither
 */
export function parseIdempotencyKey(header: string | undefined): string | undefined {
  if (header === undefined) return undefined;
  const key = header.startsWith('"') ? quoted.exec(header)?.[1]?.replace(/\\(.)/g, '$1') : header;
  if (key !== undefined && visible.test(key)) return key;
  throw invalidRequest({ field: 'Idempotency-Key', message: 'must be 1-128 visible ASCII characters' });
}
