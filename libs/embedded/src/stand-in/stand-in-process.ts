import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { join } from 'node:path';
import { CannotStartError } from '../errors.js';
import { repositoryRoot } from '../repository-root.js';
import { StandInAdmin } from './admin/admin-client.js';
import { readLockHolder } from './store/directory-lock.js';

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
  readonly #child: ChildProcess;
  readonly #exited: Promise<void>;
  readonly port: number;
  readonly admin: StandInAdmin;

  private constructor(child: ChildProcess, exited: Promise<void>, port: number, adminPort: number) {
    this.#child = child;
    this.#exited = exited;
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
    const child = spawn(process.execPath, [program, ...argumentsOf(options)], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const endWithThis = () => child.kill('SIGKILL');
    process.once('exit', endWithThis);
    const exited = new Promise<void>((resolve) =>
      child.once('exit', () => {
        process.removeListener('exit', endWithThis);
        resolve();
      }),
    );
    let errors = '';
    child.stderr.on('data', (chunk) => (errors += String(chunk)));
    const ready = new Promise<boolean>((resolve) => {
      createInterface(child.stdout).once('line', () => resolve(true));
      child.once('close', () => resolve(false));
    });
    const holder = (await ready) && readLockHolder(options.dataDir);
    if (!holder) throw new CannotStartError(errors.trim() || "RocketMQ's stand-in exited.", '');
    return new StandInProcess(child, exited, holder.port, holder.adminPort);
  }

  /** The address for clients. */
  get endpoints(): string {
    return `127.0.0.1:${this.port}`;
  }

  /** Its process id. */
  get pid(): number {
    return this.#child.pid!;
  }

  /** Resolves once it has ended, for any reason. */
  get exited(): Promise<void> {
    return this.#exited;
  }

  /** Shuts it down. */
  async stop(): Promise<void> {
    this.#child.kill('SIGTERM');
    await this.#exited;
  }

  /** Kills it, as a crash would. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#exited;
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
