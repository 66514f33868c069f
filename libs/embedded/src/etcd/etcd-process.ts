import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CannotStartError } from '../errors.js';
import { freePorts } from '../processes/ports.js';
import { repositoryRoot } from '../repository-root.js';

/** How long a start may take. etcd itself takes about a second. */
const READY_WITHIN_MS = 30_000;

/** Another process may take the ports before etcd does. */
const TRIES = 5;

/** The program, unpacked by `node tools/scripts/debian-tools.mjs etcd-server` or installed; undefined where there is none. */
export function findEtcd(): string | undefined {
  const unpacked = join(repositoryRoot(), '.data', 'tools', 'etcd-server', 'usr', 'bin');
  const installed = (process.env['PATH'] ?? '').split(delimiter).filter((directory) => directory !== '');
  return [unpacked, ...installed]
    .map((directory) => join(directory, 'etcd'))
    .find((program) => existsSync(program));
}

/** How to start etcd. */
export interface EtcdProcessOptions {
  /** Kept when it ends. Made when it is missing. */
  readonly dataDir: string;
  /** More arguments of etcd, such as those of TLS. @default none */
  readonly args?: readonly string[];
  /** @default http */
  readonly scheme?: 'http' | 'https';
}

/**
 * One etcd on ports of its own, for tests. It ends with the process that started it, however that ends, and keeps its
 * ports and its data when it is started again.
 */
export class EtcdProcess {
  readonly #options: EtcdProcessOptions;
  readonly #program: string;
  readonly #ports: { client: number; peer: number; metrics: number };
  #child: ChildProcess | undefined;
  #exited: Promise<void> = Promise.resolve();
  #said = '';

  private constructor(options: EtcdProcessOptions, program: string, port: number) {
    this.#options = options;
    this.#program = program;
    this.#ports = { client: port, peer: port + 1, metrics: port + 2 };
  }

  /**
   * Starts etcd and resolves when it answers.
   * @throws CannotStartError when there is no etcd here, or with what it said
   */
  static async start(options: EtcdProcessOptions): Promise<EtcdProcess> {
    const program = findEtcd();
    if (program === undefined)
      throw new CannotStartError(
        'There is no etcd here.',
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
        if (attempt === TRIES || !isTaken) throw error;
      }
    }
  }

  /** Where clients connect, on 127.0.0.1. */
  get port(): number {
    return this.#ports.client;
  }

  /** What a registry is told. */
  get registryUrl(): string {
    return `etcd://127.0.0.1:${this.port}`;
  }

  /** Starts it again over what it left, on the same ports. @throws CannotStartError with what it said */
  async start(): Promise<void> {
    if (this.#child) throw new Error('etcd runs already');
    mkdirSync(this.#options.dataDir, { recursive: true });
    this.#said = '';
    const child = spawn(this.#program, this.#arguments(), { stdio: ['ignore', 'ignore', 'pipe'] });
    this.#child = child;
    child.stderr.on('data', (chunk) => (this.#said = (this.#said + String(chunk)).slice(-10_000)));
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

  /** Ends it in order. */
  stop(): Promise<void> {
    return this.#end('SIGTERM');
  }

  /** Ends it as a crash would. */
  kill(): Promise<void> {
    return this.#end('SIGKILL');
  }

  /** Lets it stand still: connections stay open, nothing is answered. */
  pause(): void {
    this.#child?.kill('SIGSTOP');
  }

  /** Lets it go on. */
  resume(): void {
    this.#child?.kill('SIGCONT');
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    this.#child?.kill(signal);
    // What stands still does not hear a SIGTERM before it goes on.
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
      // Leases as short as a second, and a leader soon after a start.
      'heartbeat-interval': '50',
      'election-timeout': '500',
      // Where it says whether it is healthy, without TLS, whatever clients need.
      'listen-metrics-urls': `http://127.0.0.1:${this.#ports.metrics}`,
    };
    return [...Object.entries(flags).flatMap(([name, value]) => [`--${name}`, value]), ...args];
  }

  async #untilReady(): Promise<void> {
    const deadline = performance.now() + READY_WITHIN_MS;
    while (performance.now() < deadline) {
      if (!this.#child) throw new CannotStartError(`etcd ended: ${this.#said.trim()}`, '');
      if (await this.#isHealthy()) return;
      await sleep(50);
    }
    throw new CannotStartError(`etcd is not ready after ${READY_WITHIN_MS} ms: ${this.#said.trim()}`, '');
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
 * Ends a child when this process ends: in order, or killed. The pipe to the guard closes with this process, whatever
 * becomes of it, and the guard then ends the child.
 */
function endWithThisProcess(child: ChildProcess, pid: number): void {
  const guard = spawn('sh', ['-c', `cat >/dev/null; kill -9 ${pid}`], {
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  guard.on('error', () => {});
  guard.stdin.on('error', () => {});
  guard.unref();
  // Ended first, since the number may go to a stranger later.
  child.once('exit', () => guard.kill('SIGKILL'));
}
