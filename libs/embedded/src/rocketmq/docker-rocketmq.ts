import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { CannotStartError } from '../errors.js';
import { accepts } from '../processes/ports.js';
import { repositoryRoot } from '../repository-root.js';
import { createOnBroker } from './broker-admin.js';
import { type Missing, waitUntilUsable } from './grpc-probe.js';
import type { RocketMqState } from './local-rocketmq.js';
import { portsFrom, type RocketMqPorts } from './rocketmq-ports.js';
import type { Topology } from './topology.js';

const run = promisify(execFile);
const startMs = 300_000;
const usableMs = 90_000;

/** Whether a Docker engine answers, with Compose. */
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
 * The same RocketMQ from `docker/rocketmq/compose.yaml`. Where a `LocalRocketMq` keeps its store in a directory, this
 * one keeps it in a volume that outlives `stop`.
 */
export class DockerRocketMq {
  readonly ports: RocketMqPorts;

  /** @param grpcPort the port for clients; each port is a RocketMQ of its own */
  constructor(
    grpcPort: number,
    private readonly say: (line: string) => void = () => undefined,
  ) {
    this.ports = portsFrom(grpcPort);
  }

  /** What clients are told: `ROCKETMQ_ENDPOINTS`. */
  get endpoints(): string {
    return `127.0.0.1:${this.ports.grpc}`;
  }

  /** What runs now. */
  async state(): Promise<RocketMqState> {
    const services = (await this.compose('ps', '--services', '--status', 'running'))
      .split('\n')
      .filter(Boolean);
    if (services.length === 0) return 'stopped';
    return services.length === 2 && (await accepts(this.ports.grpc)) ? 'running' : 'partly';
  }

  /**
   * Brings it up and waits until clients can connect.
   *
   * @returns false when all of it ran already
   */
  async start(): Promise<boolean> {
    if ((await this.state()) === 'running') return false;
    this.say('starting RocketMQ with Docker…');
    await this.compose('up', '--detach');
    const deadline = performance.now() + startMs;
    // Docker's own forwarder accepts before anybody inside listens; the topology is created by whoever does.
    while (!(await accepts(this.ports.grpc)) || !(await accepts(this.ports.broker))) {
      if (performance.now() > deadline)
        throw new CannotStartError('RocketMQ did not come up in Docker.', 'See `docker compose logs`.');
      await sleep(500);
    }
    return true;
  }

  /** Creates topics and groups, or brings existing ones to what is asked, and waits until clients can use them. */
  async createTopology(wanted: Topology, onMissing?: (missing: Missing) => void): Promise<void> {
    const deadline = performance.now() + usableMs;
    for (;;) {
      try {
        await createOnBroker(this.ports.broker, wanted);
        break;
      } catch (error) {
        if (performance.now() > deadline) throw error;
        await sleep(500);
      }
    }
    await waitUntilUsable(this.endpoints, wanted, usableMs, { onMissing });
  }

  /** @returns false when nothing ran */
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
