import { types } from 'node:util';
import pg from 'pg';
import { ReadOnlyError } from './connection.js';

/** The ledger cannot be reached, or gave up. Nothing is known about what was asked; repeating is safe. */
export class DatabaseUnavailableError extends Error {
  override readonly name = 'DatabaseUnavailableError';

  constructor(cause: unknown) {
    super(`the ledger did not answer: ${cause instanceof Error ? cause.message : String(cause)}`, {
      cause,
    });
  }
}

/**
 * Waits for a connection. A failure is told by its origin, not by its words: names, certificates and sockets fail in
 * more ways than one can list.
 * @throws DatabaseUnavailableError
 */
export async function connected<T>(connecting: Promise<T>): Promise<T> {
  try {
    return await connecting;
  } catch (error) {
    throw new DatabaseUnavailableError(error);
  }
}

/** The rows of a statement are what the database refuses (SQLSTATE class 22 or 23), not the ledger's own sums. */
export function isRefusedRow(error: unknown): boolean {
  if (!(error instanceof pg.DatabaseError) || error.table === 'sale') return false;
  return error.code?.startsWith('22') === true || error.code?.startsWith('23') === true;
}

/** Two transactions got into each other's way, and this one was rolled back: it may be tried again at once. */
export function isCollision(error: unknown): boolean {
  return error instanceof pg.DatabaseError && (error.code === '40P01' || error.code === '40001');
}

/** SQLSTATEs of what is wrong with a statement or its moment: the next one on the same connection may well succeed. */
const OF_THE_STATEMENT = /^(22...|23...|25P02|40001|40P01|55P03|57014)$/;

/** It speaks of the server or of the session, so that the connection is not to be used again. */
export function isOfTheServer(error: unknown): boolean {
  if (error instanceof ReadOnlyError) return true;
  return error instanceof pg.DatabaseError && !OF_THE_STATEMENT.test(error.code ?? '');
}

/**
 * What to throw for a failed statement: errors of the database and the network as unavailability, since a repeat may
 * meet a healthy one; a broken rule of the sale table or a defect of this program as it is.
 */
export function asUnavailable(error: unknown): unknown {
  if (error instanceof DatabaseUnavailableError) return error;
  if (error instanceof pg.DatabaseError) {
    return isRefusedRow(error) || error.table === 'sale' ? error : new DatabaseUnavailableError(error);
  }
  return isFromTheDriver(error) ? new DatabaseUnavailableError(error) : error;
}

/** Errors that pg and the network throw without a SQLSTATE, by system error code or by message. */
function isFromTheDriver(error: unknown): boolean {
  if (error instanceof ReadOnlyError) return true;
  if (!types.isNativeError(error)) return false;
  if ('code' in error && typeof error.code === 'string' && /^E[A-Z]+$/.test(error.code)) return true;
  return /connection|timeout|not queryable|Cannot use a pool after calling end/i.test(error.message);
}
