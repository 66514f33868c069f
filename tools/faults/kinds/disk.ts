import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import pg from 'pg';
import { BROKER_SETTLES_MS, seconds, type Kind } from './kind.js';

/*
 * A disk that takes no more: a limit on the size of files (RLIMIT_FSIZE) of a process that runs, which needs no root
 * and no file system of its own. A write past it fails (EFBIG), as one on a full disk does (ENOSPC). It shows what the
 * process makes of writes that fail in the middle of its work, and not how it deals with other files that are full.
 */

/** Within which Postgres is back, or has ended for good. */
const RECOVERY_MS = 20_000;

/** Limits a process, unless it has ended. */
function limitFiles(pid: number, bytes: number | 'unlimited'): void {
  const found = statSync(`/proc/${pid}`, { throwIfNoEntry: false });
  if (!found) return;
  // As its owner: a process may limit those of its own user only, and Postgres does not run as root.
  const owner = process.getuid?.() === 0 ? { uid: found.uid, gid: found.gid } : {};
  // The soft limit only: it can be raised again by the same user.
  const { status, error, stderr } = spawnSync('prlimit', ['--pid', String(pid), `--fsize=${bytes}:`], owner);
  if (status !== 0 && isAlive(pid))
    throw new Error(`prlimit (of util-linux) fails: ${error?.message ?? String(stderr)}`);
}

/** Limits a process and its children. It comes first: children that it has afterwards have its limit. */
function limitFamily(pid: number, bytes: number | 'unlimited'): void {
  limitFiles(pid, bytes);
  const all = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
  for (const one of all) if (statOf(one)?.parent === pid) limitFiles(one, bytes);
}

async function answers(databaseUrl: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: databaseUrl, connectionTimeoutMillis: 2_000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query('SELECT pg_current_xact_id()');
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** State and parent of a process; undefined when there is none. */
function statOf(pid: number): { state: string; parent: number } | undefined {
  try {
    // The name of the program, in brackets, may hold anything.
    const [state = '', parent] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)!.split(' ');
    return { state, parent: Number(parent) };
  } catch {
    return undefined;
  }
}

/** Whether there is such a process, and not only what is left of it. */
function isAlive(pid: number): boolean {
  const state = statOf(pid)?.state;
  return state !== undefined && state !== 'Z';
}

export const diskFaults: readonly Kind[] = [
  {
    name: 'disk-full-broker',
    words: 'the disk of the stand-in is full for a while; it is started again if it has ended',
    broker: 'stand-in',
    settleWithinMs: BROKER_SETTLES_MS,
    draw(random) {
      const ms = random.whole(1_000, 5_000);
      return {
        words: `no room for ${seconds(ms)}`,
        victim: 'broker',
        async inflict({ system, sleep, note }) {
          const broker = system.standIn;
          let ended = false;
          void broker.exited.then(() => (ended = true));
          limitFiles(broker.pid, 4_096);
          await sleep(ms);
          if (!ended) limitFiles(broker.pid, 'unlimited');
          // It may be about to end.
          await sleep(200);
          note(ended ? 'the stand-in ended' : 'the stand-in kept running');
          if (ended) await system.restartBroker();
        },
      };
    },
  },
  {
    name: 'disk-full-postgres',
    words: 'the disk of Postgres is full for a while; it is started again if it has ended',
    settleWithinMs: BROKER_SETTLES_MS,
    draw(random) {
      const ms = random.whole(1_000, 5_000);
      return {
        words: `no room for ${seconds(ms)}`,
        victim: 'postgres',
        async inflict({ system, sleep, note }) {
          const { pid, exited } = system.postgres;
          const life = { ended: false };
          void exited.then(() => (life.ended = true));
          limitFamily(pid, 8_192);
          await sleep(ms);
          limitFamily(pid, 'unlimited');
          // It recovers, or ends because it could not: either takes a while.
          const until = performance.now() + RECOVERY_MS;
          while (!life.ended && performance.now() < until && !(await answers(system.ledgerUrl)))
            await sleep(200);
          note(life.ended ? 'Postgres ended' : 'Postgres kept running');
          if (life.ended) await system.restartPostgres();
        },
      };
    },
  },
];
