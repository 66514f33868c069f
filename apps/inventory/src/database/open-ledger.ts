import { sleep, type Clock } from '@seckill/clock';
import type { Log } from '@seckill/log';
import pg from 'pg';
import { assertDurable, DurabilityError } from './connection.js';
import { asUnavailable, connected, DatabaseUnavailableError } from './database-errors.js';
import { migrate } from './migrate.js';

/**
 * Prepares the ledger's database. Retries for as long as it is unavailable, with growing pauses of up to 5 s, and logs
 * each one.
 * @throws DurabilityError if it may lose what it confirmed
 */
export async function openLedger(url: string, log: Log, clock: Clock): Promise<void> {
  for (let pause = 250; ; pause = Math.min(pause * 2, 5_000)) {
    try {
      await checkDurability(url);
      return await migrate(url, log);
    } catch (error) {
      const reason = asUnavailable(error);
      if (error instanceof DurabilityError || !(reason instanceof DatabaseUnavailableError)) throw error;
      log.warn('waiting for the ledger', { reason: reason.message, nextTryInMs: pause });
      await sleep(clock, pause);
    }
  }
}

async function checkDurability(url: string): Promise<void> {
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: 5_000,
    query_timeout: 5_000,
  });
  client.on('error', () => {});
  try {
    await connected(client.connect());
    await assertDurable(client);
  } finally {
    await client.end().catch(() => {});
  }
}
