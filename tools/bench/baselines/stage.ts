import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { CannotStartError, repositoryRoot } from '@seckill/embedded';
import { System, type AppName } from '@tools/testbed';
import { CommitCounter } from '../measure/counters.js';
import type { MeasuredSystem, SystemName } from './measured-system.js';
import { Echo } from './echo.js';
import { OrdinaryWay } from './ordinary-way.js';
import { OwnSystem } from './own-system.js';
import { RawPipeline, rawTopology } from './raw-pipeline.js';

/** What is to run. */
export interface StageOptions {
  readonly rocketmq: 'real' | 'stand-in';
  readonly systems: readonly SystemName[];
  /** raw-pipeline's folder, seen from the repository's root. */
  readonly anchor: string;
  /** @default one of each */
  readonly instances?: Partial<Record<AppName, number>>;
  readonly env?: Partial<Record<AppName, Readonly<Record<string, string>>>>;
  readonly say: (line: string) => void;
}

/** Messages in flight at once where each carries one request: without batches, many are needed to keep busy. */
const SINGLE_IN_FLIGHT = '64';

/** Buyers are held until they are answered, as by the baselines: a late answer counts with its latency. */
const GATEWAY = { WAIT_MS: '10000' };

/** This system and the baselines, on one RocketMQ and one Postgres with production's durability. */
export class Stage {
  readonly measured: MeasuredSystem[] = [];
  /** Systems that cannot run here, with the reason. */
  readonly missing: { readonly name: SystemName; readonly reason: string }[] = [];
  readonly #endings: (() => Promise<unknown>)[] = [];

  private constructor(
    readonly system: System,
    private readonly options: StageOptions,
  ) {}

  /** Starts everything. A baseline that cannot run here is named in `missing`; this system must run. */
  static async start(options: StageOptions): Promise<Stage> {
    options.say('starting Postgres, RocketMQ and the apps');
    const system = await System.start({
      rocketmq: options.rocketmq,
      topology: rawTopology,
      databases: ['raw', 'kafka', 'bullmq'],
      ...(options.instances && { instances: options.instances }),
      env: { ...options.env, gateway: { ...GATEWAY, ...options.env?.gateway } },
    });
    const stage = new Stage(system, options);
    try {
      for (const name of options.systems) await stage.#add(name);
    } catch (error) {
      await stage.stop();
      throw error;
    }
    return stage;
  }

  /** @throws Error when it is not here */
  find(name: SystemName): MeasuredSystem {
    const found = this.measured.find((one) => one.name === name);
    if (!found) throw new Error(`${name} does not run`);
    return found;
  }

  async stop(): Promise<void> {
    for (const end of this.#endings.splice(0).toReversed()) await end().catch(() => {});
    await this.system.stop();
  }

  async #add(name: SystemName): Promise<void> {
    try {
      this.measured.push(await this.#start(name));
    } catch (error) {
      if (!(error instanceof CannotStartError)) throw error;
      this.missing.push({ name, reason: error.message });
      this.options.say(`without ${name}: ${error.message}`);
    }
  }

  async #start(name: SystemName): Promise<MeasuredSystem> {
    const { system } = this;
    switch (name) {
      case 'ours':
        return new OwnSystem('ours', system, system.instances('gateway')[0]!, this.#commits('ledger'));
      case 'single': {
        this.options.say('starting a gateway that sends one request per message');
        const env = { ENVELOPE_REQUESTS: '1', ENVELOPE_FLIGHTS: SINGLE_IN_FLIGHT };
        return new OwnSystem(
          'single',
          system,
          await system.startApp('gateway', { env }),
          this.#commits('ledger'),
        );
      }
      case 'echo': {
        const echo = await Echo.start();
        this.#endings.push(() => echo.stop());
        return echo;
      }
      case 'raw':
        return this.#startRaw();
      case 'kafka':
      case 'bullmq': {
        const way = await OrdinaryWay.start(name, {
          databaseUrl: system.postgres.url(name),
          postgresPid: system.postgres.pid,
          commits: this.#commits(name),
          say: this.options.say,
        });
        this.#endings.push(() => way.stop());
        return way;
      }
    }
  }

  async #startRaw(): Promise<MeasuredSystem> {
    const folder = resolve(repositoryRoot(), this.options.anchor);
    if (!existsSync(join(folder, 'gateway.mjs')))
      throw new CannotStartError(`There is no raw-pipeline at ${folder}.`, 'Name its folder with --anchor.');
    this.options.say('starting raw-pipeline');
    const raw = await RawPipeline.start(folder, {
      endpoints: this.system.endpoints,
      databaseUrl: this.system.postgres.url('raw'),
      shared: { rocketmq: this.system.brokerPid, postgres: this.system.postgres.pid },
      commits: this.#commits('raw'),
    });
    this.#endings.push(() => raw.stop());
    return raw;
  }

  #commits(database: string): CommitCounter {
    const counter = new CommitCounter(this.system.postgres.url(database));
    this.#endings.push(() => counter.close());
    return counter;
  }
}
