import { spawn } from 'node:child_process';
import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { CannotStartError } from '../errors.js';
import { PidFile } from '../processes/background-process.js';
import { endProcess } from '../processes/end-process.js';
import { freePorts, isFree } from '../processes/ports.js';
import { identify } from '../processes/process-identity.js';
import { scratchDirectory } from '../scratch-directory.js';
import {
  type EmbeddedPostgres,
  type EmbeddedPostgresOptions,
  startEmbeddedPostgres,
} from './embedded-postgres.js';

const scratch = scratchDirectory('embedded-postgres');
let running: EmbeddedPostgres[] = [];
// One for all tests: making a cluster takes longer than the rest. Only one of them looks at what others left.
const dataDir = join(scratch, 'data');

async function start(options: Partial<EmbeddedPostgresOptions> = {}) {
  const postgres = await startEmbeddedPostgres({ dataDir, databases: ['ledger'], ...options });
  running.push(postgres);
  return postgres;
}

async function query<T extends pg.QueryResultRow>(url: string, sql: string): Promise<T[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<T>(sql)).rows;
  } finally {
    await client.end();
  }
}

describe('startEmbeddedPostgres', () => {
  afterEach(async () => {
    await Promise.all(running.map((postgres) => postgres.stop()));
    running = [];
  });
  afterAll(() => rmSync(scratch, { recursive: true, force: true }));

  it('finds its data again after kill -9', async () => {
    const first = await start();
    await query(first.url('ledger'), 'CREATE TABLE sale AS SELECT 41 AS stock');
    await first.kill();
    await first.exited;

    const second = await start();
    expect(await query(second.url('ledger'), 'SELECT stock FROM sale')).toEqual([{ stock: 41 }]);
  }, 60_000);

  it('keeps what an acknowledged commit rests on, whatever settings are given', async () => {
    const { url } = await start({ settings: { fsync: 'off', work_mem: '9MB' } });
    const shown = async (name: string) =>
      (await query<Record<string, string>>(url('ledger'), `SHOW ${name}`))[0]?.[name];
    expect(await shown('fsync')).toBe('on');
    expect(await shown('synchronous_commit')).toBe('on');
    expect(await shown('full_page_writes')).toBe('on');
    expect(await shown('work_mem')).toBe('9MB');
    expect(await shown('listen_addresses')).toBe('127.0.0.1');
  }, 60_000);

  it('copies a template for tests, of which each copy is a cluster of its own', async () => {
    const copy = (name: string) => start({ dataDir: join(scratch, name), fromTemplate: true });
    const [first, second] = await Promise.all([copy('copy-1'), copy('copy-2')]);
    await query(first.url('ledger'), 'CREATE TABLE note (words text)');
    await expect(query(second.url('ledger'), 'SELECT * FROM note')).rejects.toThrow('does not exist');
  }, 60_000);

  it('gives each database a role of its own that can open no other', async () => {
    const { url } = await start({ databases: ['ledger', 'registry'] });
    expect(await query(url('registry'), 'SELECT current_user, current_database()')).toEqual([
      { current_user: 'registry', current_database: 'registry' },
    ]);
    const trespass = new URL(url('registry'));
    trespass.pathname = '/ledger';
    await expect(query(trespass.href, 'SELECT 1')).rejects.toThrow('permission denied for database');
    trespass.password = 'guess';
    await expect(query(trespass.href, 'SELECT 1')).rejects.toThrow('password authentication failed');
  }, 60_000);

  it('keeps the password where only the owner can read it', async () => {
    await start();
    expect(statSync(join(dataDir, 'password')).mode & 0o777).toBe(0o600);
  }, 60_000);

  it('ends a Postgres whose starter was killed, and starts over its data', async () => {
    const orphan = await start();
    // What the directory of a killed starter looks like: its mark names a process that is gone.
    new PidFile(join(dataDir, 'owner.pid')).write({ pid: process.pid, startedAt: 'before' });

    const successor = await start();
    await orphan.exited;
    expect(successor.pid).not.toBe(orphan.pid);
  }, 60_000);

  it('refuses a directory whose Postgres belongs to a process that still runs', async () => {
    const { pid } = await start();
    await expect(start()).rejects.toThrow(/was started by process \d+, which still runs/);
    expect(identify(pid)).toBeDefined();
  }, 60_000);

  it('starts although the pid file of a crash names a process that is somebody else now', async () => {
    const first = await start();
    await first.kill();
    const stranger = spawn('sleep', ['60'], { uid: statSync(join(dataDir, 'cluster')).uid });
    try {
      const pidFile = join(dataDir, 'cluster', 'postmaster.pid');
      writeFileSync(pidFile, readFileSync(pidFile, 'utf8').replace(/^\d+/, String(stranger.pid)));
      await start();
      expect(stranger.exitCode).toBeNull();
    } finally {
      stranger.kill('SIGKILL');
    }
  }, 60_000);

  it('forgets its data when asked to start fresh', async () => {
    const first = await start();
    await query(first.url('ledger'), 'CREATE TABLE forgotten ()');
    await first.stop();
    const { url } = await start({ fresh: true });
    await expect(query(url('ledger'), 'SELECT FROM forgotten')).rejects.toThrow('does not exist');
  }, 60_000);

  it('says in one line that its port is taken', async () => {
    const server = createServer();
    const port = await freePorts();
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    try {
      const error = await start({ port }).catch((error: unknown) => error);
      expect(error).toBeInstanceOf(CannotStartError);
      expect((error as Error).message).toBe(
        `Port ${port} is taken by another program. End that program or choose another port for Postgres.`,
      );
    } finally {
      server.close();
    }
  }, 60_000);

  it('leaves nothing running after a stop, which may be repeated', async () => {
    const postgres = await start();
    await postgres.stop();
    await postgres.stop();
    expect(identify(postgres.pid)).toBeUndefined();
    expect(await isFree(postgres.port)).toBe(true);
    expect(await endProcess({ pid: postgres.pid, startedAt: 'then' }, 0)).toBe('absent');
  }, 60_000);
});
