import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { CannotStartError } from '../errors.js';
import { accepts } from '../processes/ports.js';
import { repositoryRoot } from '../repository-root.js';
import type { Missing } from './grpc-probe.js';
import type { RocketMqState } from './local-rocketmq.js';
import { RemoteRocketMq } from './remote-rocketmq.js';
import { portsFrom, type RocketMqPorts } from './rocketmq-ports.js';
import type { Topology } from './topology.js';

const run = promisify(execFile);
const startMs = 300_000;

/** Whether a Docker engine with Compose is available. */
export async function hasDocker(): Promise<boolean> {
  try {
    await run('docker', ['info'], { timeout: 5_000 });
    await run('docker', ['compose', 'version'], { timeout: 5_000 });
    return true;
  } catch {
    return false;
  }
}

/**
 * The same RocketMQ with Docker, from `docker/rocketmq/compose.yaml`. A `LocalRocketMq` stores messages in a directory,
 * this one in a volume, which `stop` does not remove.
 */
export class DockerRocketMq {
  readonly ports: RocketMqPorts;

  /** @param grpcPort the port for clients; there is one RocketMQ per port */
  constructor(
    grpcPort: number,
    private readonly say: (line: string) => void = () => undefined,
  ) {
    this.ports = portsFrom(grpcPort);
  }

  /** The address for clients: `ROCKETMQ_ENDPOINTS`. */
  get endpoints(): string {
    return `127.0.0.1:${this.ports.grpc}`;
  }

  /** Its current state. */
  async state(): Promise<RocketMqState> {
    const services = (await this.compose('ps', '--services', '--status', 'running'))
      .split('\n')
      .filter(Boolean);
    if (services.length === 0) return 'stopped';
    return services.length === 2 && (await accepts(this.ports.grpc)) ? 'running' : 'partly';
  }

  /**
   * Starts it and waits until clients can connect.
   *
   * @returns false when it was already running
   */
  async start(): Promise<boolean> {
    if ((await this.state()) === 'running') return false;
    this.say('starting RocketMQ with Docker…');
    await this.compose('up', '--detach');
    const deadline = performance.now() + startMs;
    // Docker's port forwarder accepts connections before RocketMQ listens. Creating the topology waits for that.
    while (!(await accepts(this.ports.grpc)) || !(await accepts(this.ports.broker))) {
      if (performance.now() > deadline)
        throw new CannotStartError('RocketMQ did not start in Docker.', 'See `docker compose logs`.');
      await sleep(500);
    }
    return true;
  }

  /** Creates or updates topics and groups, and waits until clients can use them. */
  async createTopology(wanted: Topology, onMissing?: (missing: Missing) => void): Promise<void> {
    const broker = { host: '127.0.0.1', port: this.ports.broker };
    await new RemoteRocketMq(broker, this.endpoints).createTopology(wanted, onMissing);
  }

  /** @returns false when it was not running */
  async stop(): Promise<boolean> {
    if ((await this.state()) === 'stopped') return false;
    await this.compose('down');
    return true;
  }

  private async compose(...args: string[]): Promise<string> {
    const file = join(repositoryRoot(), 'docker', 'rocketmq', 'compose.yaml');
    const { stdout } = await run(
      'docker',
      ['compose', '--project-name', `seckill-rocketmq-${this.ports.grpc}`, '--file', file, ...args],
      {
        env: {
          ...process.env,
          ROCKETMQ_GRPC_PORT: String(this.ports.grpc),
          ROCKETMQ_BROKER_PORT: String(this.ports.broker),
          ROCKETMQ_METRICS_PORT: String(this.ports.metrics),
        },
      },
    );
    return stdout;
  }
}
