import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePorts, OwnedProcess, repositoryRoot, type Topology } from '@seckill/embedded';
import type { Requests } from '../generator/plan.js';
import type { CommitCounter, Counters } from '../measure/counters.js';
import type { Processes } from '../measure/processes.js';
import type { MeasuredSystem } from './measured-system.js';

const TOPIC = 'bench-raw';
const GROUP = 'bench-raw';
/** Where raw-pipeline's inventory listens, by its source. */
const ITS_PORT = '5900';
/** Far more than a round has. */
const USERS_PER_ROUND = 10_000_000;

/** What raw-pipeline needs of RocketMQ: as many queues as this system has. */
export const rawTopology: Topology = {
  topics: [{ name: TOPIC, type: 'NORMAL', queues: 8 }],
  groups: [{ name: GROUP, maxRetries: 1_000_000 }],
};

/** raw-pipeline, on the same RocketMQ and Postgres. */
export class RawPipeline implements MeasuredSystem {
  readonly name = 'raw';
  #firstUser = 0;

  private constructor(
    readonly port: number,
    private readonly parts: Readonly<Record<'gateway' | 'service' | 'inventory', OwnedProcess>>,
    private readonly shared: Processes,
    private readonly commits: CommitCounter,
  ) {}

  /**
   * @param folder where its source is; it is copied, because its packages are this repository's
   * @param shared RocketMQ's and Postgres's processes
   */
  static async start(
    folder: string,
    {
      endpoints,
      databaseUrl,
      shared,
      commits,
    }: {
      endpoints: string;
      databaseUrl: string;
      shared: Processes;
      commits: CommitCounter;
    },
  ): Promise<RawPipeline> {
    const copy = join(repositoryRoot(), '.data', 'bench', 'raw-pipeline');
    const inventoryPort = await freePorts();
    // Its gateway takes results at a port 1,000 above the one for HTTP.
    const httpPort = await freePorts();
    copySource(folder, copy, String(inventoryPort));
    const env = { ROCKETMQ: endpoints, TOPIC, GROUP, PG: databaseUrl };
    const run = (name: string, ...args: string[]) =>
      new OwnedProcess({
        name: `raw-pipeline's ${name}`,
        program: process.execPath,
        args: ['--max-semi-space-size=64', join(copy, `${name}.mjs`), ...args],
        env,
      });
    const inventory = run('inventory');
    const started: OwnedProcess[] = [inventory];
    try {
      await inventory.ready(() => /^inventory/m.test(inventory.log));
      const service = run('service');
      started.push(service);
      const gateway = run('gateway', String(httpPort));
      started.push(gateway);
      await service.ready(() => /^service/m.test(service.log));
      await gateway.ready(() => /^gateway/m.test(gateway.log));
      return new RawPipeline(httpPort, { gateway, service, inventory }, shared, commits);
    } catch (error) {
      await Promise.all(started.map((part) => part.stop()));
      throw error;
    }
  }

  processes(): Processes {
    const { gateway, service, inventory } = this.parts;
    return { gateway: gateway.pid, service: service.pid, inventory: inventory.pid, ...this.shared };
  }

  async counters(): Promise<Counters> {
    const answer = await fetch(`http://127.0.0.1:${this.port}/stats`, {
      signal: AbortSignal.timeout(10_000),
    });
    const { sent } = (await answer.json()) as { sent: number };
    return { messages: sent, commits: await this.commits.read() };
  }

  async open(items: number): Promise<Requests> {
    this.#firstUser += USERS_PER_ROUND;
    // It has 100 items.
    return { kind: 'raw', items: Math.min(items, 100), firstUser: this.#firstUser };
  }

  async stop(): Promise<void> {
    await Promise.all(Object.values(this.parts).map((part) => part.stop()));
  }
}

function copySource(folder: string, copy: string, inventoryPort: string): void {
  rmSync(copy, { recursive: true, force: true });
  mkdirSync(copy, { recursive: true });
  writeFileSync(join(copy, 'package.json'), '{"type":"module"}');
  for (const file of readdirSync(folder).filter((name) => name.endsWith('.mjs'))) {
    cpSync(join(folder, file), join(copy, file));
    const source = readFileSync(join(copy, file), 'utf8');
    rmSync(join(copy, file));
    writeFileSync(join(copy, file), source.replaceAll(ITS_PORT, inventoryPort));
  }
}
