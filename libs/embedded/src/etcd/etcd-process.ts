import { existsSync, mkdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { CannotStartError } from '../errors.js';
import { OwnedProcess } from '../processes/owned-process.js';
import { freePorts } from '../processes/ports.js';
import { repositoryRoot } from '../repository-root.js';

/** Timeout of a start. Usually it takes about a second. */
const READY_WITHIN_MS = 30_000;

/** Attempts, because another process may take the ports before etcd does. */
const ATTEMPTS = 5;

/**
 * Path of etcd, unpacked by `node tools/scripts/debian-tools.mjs etcd-server` or installed; undefined if there is
 * none.
 */
export function findEtcd(): string | undefined {
  const unpacked = join(repositoryRoot(), '.data', 'tools', 'etcd-server', 'usr', 'bin');
  const installed = (process.env['PATH'] ?? '').split(delimiter).filter((directory) => directory !== '');
  return [unpacked, ...installed]
    .map((directory) => join(directory, 'etcd'))
    .find((program) => existsSync(program));
}

/** How to start etcd. */
export interface EtcdProcessOptions {
  /** Created if it does not exist; not removed at the end. */
  readonly dataDir: string;
  /** Further arguments of etcd, such as for TLS. @default none */
  readonly args?: readonly string[];
  /** @default http */
  readonly scheme?: 'http' | 'https';
}

/**
 * One etcd on its own ports, for tests. It ends with the process that started it, however that ends, and keeps its
 * ports and data across restarts.
 */
export class EtcdProcess {
  readonly #options: EtcdProcessOptions;
  readonly #program: string;
  readonly #ports: { client: number; peer: number; metrics: number };
  #child: OwnedProcess | undefined;
  #exited: Promise<unknown> = Promise.resolve();

  private constructor(options: EtcdProcessOptions, program: string, port: number) {
    this.#options = options;
    this.#program = program;
    this.#ports = { client: port, peer: port + 1, metrics: port + 2 };
  }

  /**
   * Starts etcd and resolves when it answers.
   * @throws CannotStartError when etcd is not installed, or with its output
   */
  static async start(options: EtcdProcessOptions): Promise<EtcdProcess> {
    const program = findEtcd();
    if (program === undefined)
      throw new CannotStartError(
        'etcd is not installed.',
        'Run: node tools/scripts/debian-tools.mjs etcd-server',
      );
    for (let attempt = 1; ; attempt++) {
      const etcd = new EtcdProcess(options, program, await freePorts(3));
      try {
        await etcd.start();
        return etcd;
      } catch (error) {
        await etcd.kill();
        const isTaken = error instanceof CannotStartError && error.reason.includes('address already in use');
        if (attempt === ATTEMPTS || !isTaken) throw error;
      }
    }
  }

  /** The port for clients, on 127.0.0.1. */
  get port(): number {
    return this.#ports.client;
  }

  /** The URL for a registry. */
  get registryUrl(): string {
    return `etcd://127.0.0.1:${this.port}`;
  }

  /** Starts it again with the same data and ports. @throws CannotStartError with its output */
  async start(): Promise<void> {
    if (this.#child?.pid !== undefined) throw new Error('etcd is already running');
    mkdirSync(this.#options.dataDir, { recursive: true });
    const child = new OwnedProcess({
      name: 'etcd',
      program: this.#program,
      args: this.#arguments(),
      env: process.env,
    });
    this.#child = child;
    this.#exited = child.pid === undefined ? child.exited : endWithThisProcess(child, child.pid);
    await child
      .ready(() => this.#isHealthy(), READY_WITHIN_MS)
      .catch((error: Error) => {
        throw new CannotStartError(error.message, '', { cause: error });
      });
  }

  /** Shuts it down. */
  stop(): Promise<void> {
    return this.#end('SIGTERM');
  }

  /** Kills it, as a crash would. */
  kill(): Promise<void> {
    return this.#end('SIGKILL');
  }

  /** Freezes it: connections stay open, but nothing is answered. */
  pause(): void {
    this.#child?.signal('SIGSTOP');
  }

  /** Ends a pause. */
  resume(): void {
    this.#child?.signal('SIGCONT');
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    this.#child?.signal(signal);
    // A frozen process does not handle SIGTERM before SIGCONT.
    this.#child?.signal('SIGCONT');
    await this.#exited;
  }

  #arguments(): string[] {
    const { dataDir, args = [], scheme = 'http' } = this.#options;
    const client = `${scheme}://127.0.0.1:${this.#ports.client}`;
    const peer = `http://127.0.0.1:${this.#ports.peer}`;
    const flags = {
      name: 'test',
      'data-dir': dataDir,
      logger: 'zap',
      'log-level': 'warn',
      'listen-client-urls': client,
      'advertise-client-urls': client,
      'listen-peer-urls': peer,
      'initial-advertise-peer-urls': peer,
      'initial-cluster': `test=${peer}`,
      // Allows leases of one second, and elects a leader soon after a start.
      'heartbeat-interval': '50',
      'election-timeout': '500',
      // For the health check, always without TLS.
      'listen-metrics-urls': `http://127.0.0.1:${this.#ports.metrics}`,
    };
    return [...Object.entries(flags).flatMap(([name, value]) => [`--${name}`, value]), ...args];
  }

  async #isHealthy(): Promise<boolean> {
    const url = `http://127.0.0.1:${this.#ports.metrics}/health`;
    return (await fetch(url, { signal: AbortSignal.timeout(1_000) })).ok;
  }
}

/**
 * Kills a child when this process ends, even by SIGKILL: the pipe to the guard closes with this process, and the guard
 * then kills the child. Resolves once both have ended.
 */
function endWithThisProcess(child: OwnedProcess, pid: number): Promise<unknown> {
  const args = ['-c', `cat >/dev/null; kill -9 ${pid}`];
  const guard = new OwnedProcess({ name: 'the guard of etcd', program: 'sh', args, detached: true });
  // The guard is ended with the child, because the process id may be used again later.
  return child.exited.then(() => guard.kill());
}
