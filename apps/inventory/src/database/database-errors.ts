import { types } from 'node:util';
import pg from 'pg';
import { ReadOnlyError } from './connection.js';

/** The ledger is unreachable, or gave up. Whether the request took effect is not known; repeating it is safe. */
export class DatabaseUnavailableError extends Error {
  override readonly name = 'DatabaseUnavailableError';

  constructor(cause: unknown) {
    super(`the ledger did not respond: ${cause instanceof Error ? cause.message : String(cause)}`, {
      cause,
    });
  }
}

/**
 * Waits for a connection. Every failure here counts as unavailability: names, certificates and sockets fail in too many
 * ways to list.
 * @throws DatabaseUnavailableError
 */
export async function connected<T>(connecting: Promise<T>): Promise<T> {
  try {
    return await connecting;
  } catch (error) {
    throw new DatabaseUnavailableError(error);
  }
}

/** The database refuses a row of the statement (SQLSTATE class 22 or 23), not the ledger's own update of the stock. */
export function isRefusedRow(error: unknown): boolean {
  if (!(error instanceof pg.DatabaseError) || error.table === 'sale') return false;
  return error.code?.startsWith('22') === true || error.code?.startsWith('23') === true;
}

/** Two transactions collided, and this one was rolled back: it can be retried at once. */
export function isCollision(error: unknown): boolean {
  return error instanceof pg.DatabaseError && (error.code === '40P01' || error.code === '40001');
}

/** SQLSTATEs that concern one statement: the next one on the same connection may succeed. */
const OF_THE_STATEMENT = /^(22...|23...|25P02|40001|40P01|55P03|57014)$/;

/** The error concerns the server or the session: the connection must not be used again. */
export function isOfTheServer(error: unknown): boolean {
  if (error instanceof ReadOnlyError) return true;
  return error instanceof pg.DatabaseError && !OF_THE_STATEMENT.test(error.code ?? '');
}

/**
 * The error to throw for a failed statement. Errors of the database and the network become unavailability, since a repeat
 * may succeed; a broken constraint of the sale table and a defect of this program stay as they are.
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
