import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { CannotStartError } from '../errors.js';
import { PidFile, startInBackground, tail, waitUntilReady } from '../processes/background-process.js';
import { endProcess } from '../processes/end-process.js';
import { exclusively } from '../processes/exclusive.js';
import { accepts, freePorts, isFree } from '../processes/ports.js';
import { repositoryRoot } from '../repository-root.js';
import { createOnBroker } from './broker-admin.js';
import { writeBrokerFiles } from './broker-files.js';
import { type Missing, waitUntilUsable } from './grpc-probe.js';
import { brokerCommand, nameServerCommand } from './java-commands.js';
import { ensureJars } from './maven-jars.js';
import { boundPorts, portBlock, portsFrom, type RocketMqPorts } from './rocketmq-ports.js';
import type { BrokerUser, RocketMqSecurity } from './security.js';
import type { Topology } from './topology.js';
import { createUsersOnBroker } from './user-admin.js';

/** Options of a {@link LocalRocketMq}. */
export interface LocalRocketMqOptions {
  /** Store, logs, configuration and pid files. */
  readonly dataDir: string;
  /**
   * The port for clients, which determines the others ({@link portsFrom}), or all of them. 0 chooses free ports, and
   * later starts with the same directory use them again.
   * @default 8081
   */
  readonly ports?: number | RocketMqPorts;
  /**
   * Directory of the jars; several instances can share it.
   * @default `.data/rocketmq/lib` of the repository
   */
  readonly libDir?: string;
  /**
   * Largest heap of the broker, as Java takes it.
   * @default '1g'
   */
  readonly heap?: string;
  /** Encrypts all ports and requires credentials. @default plain text, without credentials */
  readonly security?: RocketMqSecurity;
  /** Called with progress messages. */
  readonly say?: (line: string) => void;
}

/** State of a {@link LocalRocketMq}: not running, only a part is running, or clients can connect. */
export type RocketMqState = 'stopped' | 'partly' | 'running';

// On an idle machine a start takes 10 s and a stop 5 s; on a busy one much longer. Killing a broker early makes its
// next
// start slow.
const stopMs = 60_000;
const startMs = 180_000;
const usableMs = 90_000;

/**
 * The real RocketMQ, one node, as Java processes on this machine, for development and tests. The processes keep running
 * when this one ends; another LocalRocketMq with the same directory finds them again.
 */
export class LocalRocketMq {
  private readonly dataDir: string;
  private readonly libDir: string;
  private readonly logs: string;
  private readonly nameServer: PidFile;
  private readonly broker: PidFile;
  private readonly say: (line: string) => void;
  private chosen: RocketMqPorts | undefined;

  constructor(private readonly options: LocalRocketMqOptions) {
    this.dataDir = resolve(options.dataDir);
    this.libDir = resolve(options.libDir ?? join(repositoryRoot(), '.data', 'rocketmq', 'lib'));
    this.logs = join(this.dataDir, 'logs');
    this.nameServer = PidFile.in(this.dataDir, 'name-server');
    this.broker = PidFile.in(this.dataDir, 'broker');
    this.say = options.say ?? (() => undefined);
  }

  /** Its ports. With port 0 they are known after the first start. */
  get ports(): RocketMqPorts {
    const { ports = 8081 } = this.options;
    if (typeof ports === 'object') return ports;
    if (ports !== 0) return portsFrom(ports);
    this.chosen ??= this.rememberedPorts();
    if (!this.chosen) throw new Error('The ports of a RocketMQ with port 0 are known after its first start.');
    return this.chosen;
  }

  /** The address for clients: `ROCKETMQ_ENDPOINTS`. */
  get endpoints(): string {
    return `127.0.0.1:${this.ports.grpc}`;
  }

  /** Process id of broker and proxy, while they run. */
  get pid(): number | undefined {
    return this.broker.read()?.pid;
  }

  /** Its current state. */
  async state(): Promise<RocketMqState> {
    const parts = [this.nameServer.read(), this.broker.read()].filter((part) => part !== undefined);
    if (parts.length === 0) return 'stopped';
    return parts.length === 2 && (await accepts(this.ports.grpc)) ? 'running' : 'partly';
  }

  /**
   * Starts the parts that are not running and waits until clients can connect. Recovers the store after a `kill -9`.
   *
   * @returns false when it was already running
   * @throws CannotStartError when Java, Maven or a permission is missing, or a port is in use
   */
  start(): Promise<boolean> {
    return exclusively(join(this.dataDir, 'start.lock'), async () => {
      if ((await this.state()) === 'running') return false;
      const root = repositoryRoot();
      await ensureJars(join(root, 'docker', 'rocketmq', 'pom.xml'), this.libDir, this.say);
      await this.choosePorts();
      const { security } = this.options;
      const files = writeBrokerFiles(join(root, 'docker', 'rocketmq'), this.dataDir, this.ports, security);
      const places = {
        dataDir: this.dataDir,
        libDir: this.libDir,
        logs: this.logs,
        heap: this.options.heap ?? '1g',
        security,
      };
      await this.checkPorts();
      await this.startPart(
        'name server',
        this.nameServer,
        nameServerCommand(places, files),
        this.ports.nameServer,
      );
      await this.startPart('broker', this.broker, brokerCommand(places, this.ports, files), this.ports.grpc);
      return true;
    });
  }

  /**
   * Creates or updates topics and groups, and waits until clients can use them.
   *
   * @param onMissing called several times a second with what clients do not see yet
   */
  async createTopology(wanted: Topology, onMissing?: (missing: Missing) => void): Promise<void> {
    const { security } = this.options;
    await createOnBroker({ host: '127.0.0.1', port: this.ports.broker }, wanted, security);
    await waitUntilUsable(this.endpoints, wanted, usableMs, { onMissing, security });
  }

  /**
   * Creates or updates users with their rights.
   *
   * @param secretOf the secret of each user
   * @throws Error when it was started without security
   */
  async createUsers(users: readonly BrokerUser[], secretOf: (name: string) => string): Promise<void> {
    const { security } = this.options;
    if (!security) throw new Error('This RocketMQ has no users: it was started without security.');
    await createUsersOnBroker(this.ports.broker, users, secretOf, security);
  }

  /**
   * Stops broker and name server, in this order, and waits until both have ended: a start while the store is still
   * locked fails with "Lock failed, MQ already started".
   *
   * @returns false when it was not running
   */
  async stop(): Promise<boolean> {
    return exclusively(join(this.dataDir, 'start.lock'), async () => {
      let ran = false;
      for (const part of [this.broker, this.nameServer]) {
        const identity = part.read();
        if (identity) ran = (await endProcess(identity, stopMs)) !== 'absent' || ran;
        part.remove();
      }
      return ran;
    });
  }

  /** Kills the broker (SIGKILL), as a crash would. The name server keeps running; `start` starts the broker again. */
  async kill(): Promise<void> {
    const identity = this.broker.read();
    if (identity) await endProcess(identity, 0, 'SIGKILL');
  }

  /** Kills the name server (SIGKILL), as a crash would; `start` starts it again. */
  async killNameServer(): Promise<void> {
    const identity = this.nameServer.read();
    if (identity) await endProcess(identity, 0, 'SIGKILL');
  }

  private async choosePorts(): Promise<void> {
    if (this.options.ports !== 0) return;
    this.chosen = this.rememberedPorts() ?? portsFrom(await freePorts(portBlock));
    mkdirSync(this.dataDir, { recursive: true });
    writeFileSync(join(this.dataDir, 'ports.json'), JSON.stringify(this.chosen));
  }

  private rememberedPorts(): RocketMqPorts | undefined {
    try {
      return JSON.parse(readFileSync(join(this.dataDir, 'ports.json'), 'utf8')) as RocketMqPorts;
    } catch {
      return undefined;
    }
  }

  private async checkPorts(): Promise<void> {
    const nameServerRuns = this.nameServer.read() !== undefined;
    if (this.broker.read()) return;
    for (const [port, purpose] of boundPorts(this.ports)) {
      if (nameServerRuns && port === this.ports.nameServer) continue;
      if (!(await isFree(port)))
        throw new CannotStartError(
          `Port ${port}, wanted for RocketMQ's ${purpose}, is taken by another program.`,
          'End that program or choose other ports with --port.',
        );
    }
  }

  private async startPart(
    name: string,
    pidFile: PidFile,
    command: Parameters<typeof startInBackground>[0],
    port: number,
  ): Promise<void> {
    let identity = pidFile.read();
    if (!identity) {
      this.say(`starting the ${name}…`);
      ({ identity } = await startInBackground(command));
      pidFile.write(identity);
    }
    if (await waitUntilReady(identity, () => accepts(port), startMs)) return;
    await endProcess(identity, 0, 'SIGKILL');
    pidFile.remove();
    throw new CannotStartError(
      `RocketMQ's ${name} did not start.`,
      `Last lines of ${command.logFile}:\n${tail(command.logFile)}`,
    );
  }
}
