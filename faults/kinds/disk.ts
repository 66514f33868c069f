import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { BROKER_SETTLES_MS, seconds, type Kind } from './kind.js';

/*
 * A disk that takes no more: a limit on the size of files (RLIMIT_FSIZE) of a process that runs, which needs no root
 * and no file system of its own. A write past it fails (EFBIG), as one on a full disk does (ENOSPC). It shows what the
 * process makes of writes that fail in the middle of its work, and not how it deals with other files that are full.
 */

function limitFiles(pid: number, bytes: number | 'unlimited'): void {
  // The soft limit only: it can be raised again by the same user.
  // As its owner: a process may limit those of its own user only, and Postgres does not run as root.
  const { uid, gid } = statSync(`/proc/${pid}`);
  const owner = process.getuid?.() === 0 ? { uid, gid } : {};
  const { status, error, stderr } = spawnSync('prlimit', ['--pid', String(pid), `--fsize=${bytes}:`], owner);
  if (status !== 0) throw new Error(`prlimit (of util-linux) fails: ${error?.message ?? String(stderr)}`);
}

/** A process and its children. */
function family(pid: number): number[] {
  const children = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => parentOf(name) === pid)
    .map(Number);
  return [pid, ...children];
}

function parentOf(pid: string): number | undefined {
  try {
    // The name of the program, in brackets, may hold anything.
    return Number(readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ')[1]);
  } catch {
    return undefined;
  }
}

export const diskFaults: readonly Kind[] = [
  {
    name: 'disk-full-broker',
    words: 'the disk of the stand-in takes no more; there is room again, and it is started if it has ended',
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
          note(ended ? 'the stand-in ended' : 'the stand-in went on');
          if (ended) await system.restartBroker();
        },
      };
    },
  },
  {
    name: 'disk-full-postgres',
    words: 'the disk of Postgres takes no more; there is room again, and it is started if it has ended',
    settleWithinMs: BROKER_SETTLES_MS,
    draw(random) {
      const ms = random.whole(1_000, 5_000);
      return {
        words: `no room for ${seconds(ms)}`,
        victim: 'postgres',
        async inflict({ system, sleep, note }) {
          const { pid, exited } = system.postgres;
          let ended = false;
          void exited.then(() => (ended = true));
          for (const one of family(pid)) limitFiles(one, 8_192);
          await sleep(ms);
          if (!ended) for (const one of family(pid)) limitFiles(one, 'unlimited');
          await sleep(500);
          note(ended ? 'Postgres ended' : 'Postgres went on');
          if (ended) await system.restartPostgres();
        },
      };
    },
  },
];
