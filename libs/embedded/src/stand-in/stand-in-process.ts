import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { CannotStartError } from '../errors.js';
import { OwnedProcess } from '../processes/owned-process.js';
import { repositoryRoot } from '../repository-root.js';
import { StandInAdmin } from './admin/admin-client.js';
import { readLockHolder, type LockHolder } from './store/directory-lock.js';

/** Options of a stand-in in a process of its own. */
export interface StandInProcessOptions {
  readonly dataDir: string;
  /** For clients; 0 takes a free port. @default 0 */
  readonly port?: number;
  /** A JSON file of topics and groups. @default docker/rocketmq/topology.json */
  readonly topologyFile?: string;
  /** Seed of the chances of faults. @default 1 */
  readonly seed?: number;
  /** How long settled messages are kept, ms. @default 600000 */
  readonly retainMs?: number;
}

/** Path of the built program, also when this runs from the sources, as in a test. */
function standInProgram(): string {
  return join(repositoryRoot(), 'dist', 'libs', 'embedded', 'src', 'stand-in', 'main.js');
}

/** The stand-in in a process of its own, which can be killed. It ends with the process that started it. */
export class StandInProcess {
  readonly #child: OwnedProcess;
  /** Its process id, also after its end. */
  readonly pid: number;
  readonly port: number;
  readonly admin: StandInAdmin;

  private constructor(child: OwnedProcess, { process, port, adminPort }: LockHolder) {
    this.#child = child;
    this.pid = process.pid;
    this.port = port;
    this.admin = new StandInAdmin(adminPort);
  }

  /**
   * Starts it and resolves when clients can connect.
   * @throws CannotStartError with its output
   */
  static async start(options: StandInProcessOptions): Promise<StandInProcess> {
    const program = standInProgram();
    if (!existsSync(program))
      throw new CannotStartError(`${program} does not exist.`, 'Build it: npm run build.');
    let isReady = () => {};
    const ready = new Promise<undefined>((resolve) => (isReady = () => resolve(undefined)));
    const child = new OwnedProcess({
      name: "RocketMQ's stand-in",
      program: process.execPath,
      args: [program, ...argumentsOf(options)],
      onLine: (line) => line.includes(' is ready: ') && isReady(),
    });
    const how = await Promise.race([ready, child.exited]);
    const holder = readLockHolder(options.dataDir);
    if (how !== undefined || !holder) throw new CannotStartError(child.log || `${child.name} ${how}.`, '');
    return new StandInProcess(child, holder);
  }

  /** The address for clients. */
  get endpoints(): string {
    return `127.0.0.1:${this.port}`;
  }

  /** Resolves once it has ended, for any reason. */
  get exited(): Promise<unknown> {
    return this.#child.exited;
  }

  /** Shuts it down. */
  async stop(): Promise<void> {
    this.#child.signal('SIGTERM');
    await this.#child.exited;
  }

  /** Kills it, as a crash would. */
  async kill(): Promise<void> {
    await this.#child.kill();
  }
}

function argumentsOf({ dataDir, port = 0, topologyFile, seed, retainMs }: StandInProcessOptions): string[] {
  return [
    '--data',
    dataDir,
    '--port',
    String(port),
    ...(topologyFile === undefined ? [] : ['--topology', topologyFile]),
    ...(seed === undefined ? [] : ['--seed', String(seed)]),
    ...(retainMs === undefined ? [] : ['--retain-ms', String(retainMs)]),
  ];
}
