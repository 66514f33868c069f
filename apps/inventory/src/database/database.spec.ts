import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { systemClock } from '@seckill/clock';
import { silent, TestLedger } from '../testing/ledger.js';
import { assertDurable, DurabilityError } from './connection.js';
import { DatabaseUnavailableError } from './database-errors.js';
import { migrate } from './migrate.js';
import { openLedger } from './open-ledger.js';
import { onConnection } from './transaction.js';

let ledger: TestLedger;
beforeAll(async () => {
  ledger = await TestLedger.start();
}, 60_000);
afterAll(() => ledger.remove());

describe('migrations', () => {
  it('are run once by several processes that start at the same moment', async () => {
    await ledger.outside.query('DROP SCHEMA public CASCADE; CREATE SCHEMA public');
    const told: string[] = [];
    const log = { ...silent, log: (line: string) => told.push(line) };
    await Promise.all([1, 2, 3, 4].map(() => migrate(ledger.url, log)));
    expect(told).toEqual(['migration 0001-ledger (up)']);
  });
});

describe('a server that may forget what it confirmed', () => {
  const answering = (fsync: string, commit: string) =>
    ({ query: async () => ({ rows: [{ fsync, commit }] }) }) as never;

  it('is told by its settings', async () => {
    await expect(assertDurable(answering('on', 'on'))).resolves.toBeUndefined();
    await expect(assertDurable(answering('on', 'local'))).resolves.toBeUndefined();
    await expect(assertDurable(answering('off', 'on'))).rejects.toThrow('set fsync = on');
    await expect(assertDurable(answering('on', 'off'))).rejects.toThrow('set synchronous_commit = on');
  });

  it('keeps inventory from starting, and from going on with new connections', async () => {
    await ledger.outside.query('ALTER ROLE ledger SET synchronous_commit = off');
    try {
      await expect(openLedger(ledger.url, silent, systemClock)).rejects.toBeInstanceOf(DurabilityError);
      const { decisions } = ledger.open();
      await expect(onConnection(decisions, async () => 1)).rejects.toBeInstanceOf(DatabaseUnavailableError);
    } finally {
      await ledger.outside.query('ALTER ROLE ledger RESET synchronous_commit');
    }
  });
});

describe('opening the ledger', () => {
  it('waits for a database that is not there yet', async () => {
    await ledger.kill();
    const told: unknown[] = [];
    const log = { ...silent, warn: (message: string, fields?: object) => told.push({ message, ...fields }) };
    const opened = openLedger(ledger.url, log, systemClock);
    while (told.length < 2) await new Promise((resolve) => setTimeout(resolve, 10));
    await ledger.restart();
    await opened;
    expect(told[0]).toMatchObject({ message: 'waiting for the ledger', nextTryInMs: 250 });
  }, 60_000);
});
