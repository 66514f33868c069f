import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readdirSync } from 'node:fs';
import { basename } from 'node:path';
import { systemClock, until } from '@seckill/clock';
import type pg from 'pg';
import { silent, TestLedger } from '../testing/ledger.js';
import { assertDurable, DurabilityError } from './connection.js';
import { DatabaseUnavailableError } from './database-errors.js';
import { DatabaseWatch } from './database-watch.js';
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
    const files = readdirSync(new URL('../migrations/', import.meta.url)).toSorted();
    expect(files[0]).toBe('0001-ledger.ts');
    expect(told).toEqual(files.map((file) => `migration ${basename(file, '.ts')} (up)`));
  });
});

describe('a server that may lose what it confirmed', () => {
  const answering = (fsync: string, commit: string) =>
    ({ query: async () => ({ rows: [{ fsync, commit }] }) }) as never;

  it('is detected by its settings', async () => {
    await expect(assertDurable(answering('on', 'on'))).resolves.toBeUndefined();
    await expect(assertDurable(answering('on', 'local'))).resolves.toBeUndefined();
    await expect(assertDurable(answering('off', 'on'))).rejects.toThrow('set fsync = on');
    await expect(assertDurable(answering('on', 'off'))).rejects.toThrow('set synchronous_commit = on');
  });

  it('keeps inventory from starting, and from using new connections', async () => {
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

describe('a server that accepts no changes', () => {
  // Such a connection stayed in the pool: after a failover, or a full disk, inventory decided nothing until a restart.
  it('loses its connections at once, and the watch notices', async () => {
    const { decisions, reads } = ledger.open({ decisionConnections: 1, readConnections: 1 });
    const lock = () => onConnection(decisions, (client) => client.query('SELECT FROM sale FOR UPDATE'));
    const forbid = (client: pg.ClientBase) => client.query('SET default_transaction_read_only = on');
    await onConnection(decisions, forbid);
    await expect(lock()).rejects.toBeInstanceOf(DatabaseUnavailableError);
    await lock();

    const seen: boolean[] = [];
    await onConnection(reads, forbid);
    for (let i = 0; i < 2; i++) {
      const watch = new DatabaseWatch(reads, () => {});
      await watch.start();
      watch.stop();
      seen.push(watch.up);
    }
    expect(seen).toEqual([false, true]);
  });

  it('is not taken for a connection that lasts', async () => {
    await ledger.outside.query('ALTER ROLE ledger SET default_transaction_read_only = on');
    const { decisions } = ledger.open();
    const one = () => onConnection(decisions, async () => 1);
    try {
      await expect(one()).rejects.toThrow('Postgres is read-only');
    } finally {
      await ledger.outside.query(
        'SET default_transaction_read_only = off; ALTER ROLE ledger RESET default_transaction_read_only',
      );
    }
    expect(await one()).toBe(1);
  });
});

describe('a way to the database that fails', () => {
  it.each([
    [
      'a name that nobody resolves for now',
      Object.assign(new Error('getaddrinfo EAI_AGAIN postgres'), { code: 'EAI_AGAIN' }),
    ],
    [
      'a certificate that has expired',
      Object.assign(new Error('certificate has expired'), { code: 'CERT_HAS_EXPIRED' }),
    ],
  ])('is unavailability, and no defect: %s', async (_, error) => {
    const pool = { connect: () => Promise.reject(error) } as unknown as pg.Pool;
    await expect(onConnection(pool, async () => 1)).rejects.toBeInstanceOf(DatabaseUnavailableError);
  });
});

describe('opening the ledger', () => {
  it('waits for a database that is not there yet', async () => {
    await ledger.kill();
    const told: unknown[] = [];
    const log = { ...silent, warn: (message: string, fields?: object) => told.push({ message, ...fields }) };
    const opened = openLedger(ledger.url, log, systemClock);
    await until(() => told.length >= 2);
    await ledger.restart();
    await opened;
    expect(told[0]).toMatchObject({ message: 'waiting for the ledger', nextTryInMs: 250 });
  }, 60_000);
});
