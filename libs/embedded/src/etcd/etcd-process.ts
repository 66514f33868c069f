import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CannotStartError } from '../errors.js';
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
  #child: ChildProcess | undefined;
  #exited: Promise<void> = Promise.resolve();
  #output = '';

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
    if (this.#child) throw new Error('etcd is already running');
    mkdirSync(this.#options.dataDir, { recursive: true });
    this.#output = '';
    const child = spawn(this.#program, this.#arguments(), { stdio: ['ignore', 'ignore', 'pipe'] });
    this.#child = child;
    child.stderr.on('data', (chunk) => (this.#output = (this.#output + String(chunk)).slice(-10_000)));
    this.#exited = new Promise((resolve) => {
      const finish = () => {
        if (this.#child === child) this.#child = undefined;
        resolve();
      };
      child.once('error', finish);
      child.once('exit', finish);
    });
    if (child.pid !== undefined) endWithThisProcess(child, child.pid);
    await this.#untilReady();
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
    this.#child?.kill('SIGSTOP');
  }

  /** Ends a pause. */
  resume(): void {
    this.#child?.kill('SIGCONT');
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    this.#child?.kill(signal);
    // A frozen process does not handle SIGTERM before SIGCONT.
    this.#child?.kill('SIGCONT');
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

  async #untilReady(): Promise<void> {
    const deadline = performance.now() + READY_WITHIN_MS;
    while (performance.now() < deadline) {
      if (!this.#child) throw new CannotStartError(`etcd ended: ${this.#output.trim()}`, '');
      if (await this.#isHealthy()) return;
      await sleep(50);
    }
    throw new CannotStartError(`etcd is not ready after ${READY_WITHIN_MS} ms: ${this.#output.trim()}`, '');
  }

  async #isHealthy(): Promise<boolean> {
    try {
      const answer = await fetch(`http://127.0.0.1:${this.#ports.metrics}/health`, {
        signal: AbortSignal.timeout(1_000),
      });
      return answer.ok;
    } catch {
      return false;
    }
  }
}

/**
 * Kills a child when this process ends, even by SIGKILL: the pipe to the guard closes with this process, and the guard
 * then kills the child.
 */
function endWithThisProcess(child: ChildProcess, pid: number): void {
  const guard = spawn('sh', ['-c', `cat >/dev/null; kill -9 ${pid}`], {
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  guard.on('error', () => {});
  guard.stdin.on('error', () => {});
  guard.unref();
  // The guard is ended with the child, because the process id may be used again later.
  child.once('exit', () => guard.kill('SIGKILL'));
}
