import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { join } from 'node:path';
import { CannotStartError } from '../errors.js';
import { repositoryRoot } from '../repository-root.js';
import { StandInAdmin } from './admin/admin-client.js';
import { readTenant } from './store/directory-lock.js';

/** How to start the stand-in as a process of its own. */
export interface StandInProcessOptions {
  readonly dataDir: string;
  /** For clients; 0 takes a free one. @default 0 */
  readonly port?: number;
  /** A JSON file of topics and groups. @default docker/rocketmq/topology.json */
  readonly topologyFile?: string;
  /** Of everything that faults leave to chance. @default 1 */
  readonly seed?: number;
  /** How long settled messages are kept, ms. @default 600000 */
  readonly retainMs?: number;
}

/** The built program, whoever asks for it: a test runs from the sources. */
export function standInProgram(): string {
  return join(repositoryRoot(), 'dist', 'libs', 'embedded', 'src', 'stand-in', 'main.js');
}

/** The stand-in in a process of its own, for whoever wants to kill it. It ends with the process that started it. */
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
   * @throws CannotStartError with what it said
   */
  static async start(options: StandInProcessOptions): Promise<StandInProcess> {
    const program = standInProgram();
    if (!existsSync(program))
      throw new CannotStartError(`${program} is not there.`, 'Build it: npm run build.');
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
    let complaint = '';
    child.stderr.on('data', (chunk) => (complaint += String(chunk)));
    const ready = new Promise<boolean>((resolve) => {
      createInterface(child.stdout).once('line', () => resolve(true));
      child.once('close', () => resolve(false));
    });
    const tenant = (await ready) && readTenant(options.dataDir);
    if (!tenant) throw new CannotStartError(complaint.trim() || "RocketMQ's stand-in ended.", '');
    return new StandInProcess(child, exited, tenant.port, tenant.adminPort);
  }

  /** What clients are told. */
  get endpoints(): string {
    return `127.0.0.1:${this.port}`;
  }

  /** The process. */
  get pid(): number {
    return this.#child.pid!;
  }

  /** Resolves once it has ended, for whatever reason. */
  get exited(): Promise<void> {
    return this.#exited;
  }

  /** Ends it in order. */
  async stop(): Promise<void> {
    this.#child.kill('SIGTERM');
    await this.#exited;
  }

  /** Ends it as a crash would. */
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
