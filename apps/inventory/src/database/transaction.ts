import type { ClientBase, Pool } from 'pg';
import { asUnavailable, connected, isCollision, isOfTheServer } from './database-errors.js';

/** Attempts after which a transaction that keeps colliding is given up. */
const TRIES = 5;

/**
 * Runs `work` on a connection of its own, and again if it collides with another transaction. `work` begins and ends its
 * transaction itself. After any failure but a refused statement, the connection is closed, which rolls back: a connection
 * to a server that became a standby would otherwise be kept for ever.
 * @throws DatabaseUnavailableError, or what `work` threw if the database is not the cause
 */
export async function onConnection<T>(pool: Pool, work: (client: ClientBase) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await once(pool, work);
    } catch (error) {
      if (!isCollision(error) || attempt === TRIES) throw asUnavailable(error);
    }
  }
}

async function once<T>(pool: Pool, work: (client: ClientBase) => Promise<T>): Promise<T> {
  const client = await connected(pool.connect());
  // While a connection is out of the pool, this is its only listener; the statement in flight reports the failure.
  const onError = () => {};
  client.on('error', onError);
  let fit = false;
  try {
    const result = await work(client);
    fit = true;
    return result;
  } catch (error) {
    fit = !isOfTheServer(error) && (await rolledBack(client));
    throw error;
  } finally {
    client.off('error', onError);
    client.release(!fit);
  }
}

/** Rolls back an open transaction. @returns whether the connection can be used again */
async function rolledBack(client: ClientBase): Promise<boolean> {
  try {
    await client.query('ROLLBACK');
    return true;
  } catch {
    return false;
  }
}

/** Runs `work` in a transaction. @param mode `''` for READ COMMITTED, or the text after BEGIN */
export function inTransaction<T>(
  pool: Pool,
  work: (client: ClientBase) => Promise<T>,
  mode = 'ISOLATION LEVEL READ COMMITTED',
): Promise<T> {
  return onConnection(pool, async (client) => {
    await client.query(`BEGIN ${mode}`);
    const result = await work(client);
    await client.query('COMMIT');
    return result;
  });
}
