import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { systemClock } from '@seckill/clock';
import { CannotStartError, isFree, repositoryRoot } from '@seckill/embedded';
import type { StartOptions } from '../options/start-options.js';
import { NodeProcess } from '../supervisor/node-process.js';
import { waitUntilAllReady } from '../supervisor/readiness.js';
import type { Runnable } from '../supervisor/runnable.js';
import { Supervised } from '../supervisor/supervised.js';
import { claim } from './leftovers.js';
import { planPorts, planProcesses, type PlannedProcess, type Role, stopStages } from './plan.js';
import { PostgresProcess } from './postgres-process.js';
import { jwtSecret } from './secret.js';

/** Each of the stages of a stop gets this long; then what still runs is killed. */
const stopMs = 15_000;
/** RocketMQ needs up to 40 s after a start of its own until clients can use it. */
const readyMs = 120_000;

const ledger = 'ledger';
const registry = 'registry';

/** What the system is made of, once it runs. */
export interface Running {
  readonly processes: readonly PlannedProcess[];
  readonly rocketMqEndpoints: string;
  readonly databaseUrl: string;
  readonly registryUrl: string;
  /** Whether at least one of the databases is the embedded one. */
  readonly embedded: boolean;
}

/** What is run. */
export interface Programs {
  /** Holds an app per role. */
  readonly appsDir: string;
  /** Modules that each of them loads first. */
  readonly preload: readonly string[];
}

/** The programs of the built output. */
function builtPrograms(): Programs {
  return {
    appsDir: join(repositoryRoot(), 'dist', 'apps'),
    preload: [new URL('../supervisor/end-with-launcher.js', import.meta.url).href],
  };
}

/** All processes of the flash sale on this machine, from their start to their end. */
export class FlashSale {
  private readonly parts: { role: Role; supervised: Supervised }[] = [];
  private readonly stopping = new AbortController();
  private release: (() => void) | undefined;
  private starting: Promise<unknown> = Promise.resolve();
  private readonly dataDir: string;

  /**
   * @param print is given each line of a process
   */
  constructor(
    private readonly options: StartOptions,
    private readonly env: NodeJS.ProcessEnv,
    private readonly print: (name: string, line: string) => void,
    private readonly programs: Programs = builtPrograms(),
  ) {
    this.dataDir = resolve(options.dataDir);
  }

  /**
   * Starts everything and waits until it is ready.
   *
   * @returns undefined when it was told to stop meanwhile
   * @throws CannotStartError when something is missing or taken
   * @throws NotReadyError when a process does not get ready
   */
  async start(): Promise<Running | undefined> {
    const bringUp = this.bringUp();
    this.starting = bringUp.catch(() => undefined);
    try {
      const running = await bringUp;
      return this.stopping.signal.aborted ? undefined : running;
    } catch (error) {
      if (this.stopping.signal.aborted) return undefined;
      throw error;
    }
  }

  /** Ends everything in order: gateways, services, inventory, Postgres. Leaves nothing running. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.starting;
    for (const stage of stopStages(this.parts)) {
      const names = stage.map(({ supervised }) => supervised.name);
      this.print('launcher', `stopping ${names.join(', ')}`);
      await Promise.all(stage.map(({ supervised }) => supervised.stop(stopMs)));
    }
    this.release?.();
  }

  /** Ends everything at once. What was answered is durable all the same. */
  async kill(): Promise<void> {
    this.stopping.abort();
    await this.starting;
    await Promise.all(this.parts.map(({ supervised }) => supervised.kill()));
    this.release?.();
  }

  private async bringUp(): Promise<Running> {
    const rocketMqEndpoints = requireRocketMq(this.env);
    this.requireApps();
    const runDir = join(this.dataDir, 'run');
    this.release = await claim(runDir, (line) => this.print('launcher', line));
    await this.requirePorts();
    const databases = await this.startPostgres();
    const { appsDir, preload } = this.programs;
    const processes = planProcesses(this.options, {
      ...databases,
      appsDir,
      env: this.env,
      rocketMqEndpoints,
      jwtSecret: jwtSecret(this.dataDir, this.env),
    });
    const apps = await Promise.all(
      processes.map((planned) =>
        this.supervise(planned.role, new NodeProcess({ ...planned, preload }, runDir, this.print)),
      ),
    );
    const watched = processes.map(({ name, httpPort }, index) => ({
      name,
      url: `http://127.0.0.1:${httpPort}/health/ready`,
      endings: () => apps[index]?.endings ?? 0,
    }));
    await waitUntilAllReady(watched, readyMs, this.stopping.signal, (line) => this.print('launcher', line));
    return { ...databases, processes, rocketMqEndpoints };
  }

  private requireApps(): void {
    for (const { role } of planPorts(this.options))
      if (!existsSync(join(this.programs.appsDir, role, 'src', 'main.js')))
        throw new CannotStartError(`The built ${role} is missing.`, 'Run `npm run build`.');
  }

  private async requirePorts(): Promise<void> {
    for (const { name, httpPort, grpcPort } of planPorts(this.options))
      for (const port of [httpPort, grpcPort])
        if (port !== undefined && !(await isFree(port)))
          throw new CannotStartError(
            `Port ${port}, wanted for ${name}, is taken by another program.`,
            'End that program or choose other ports with --http-port.',
          );
  }

  private async startPostgres(): Promise<{ databaseUrl: string; registryUrl: string; embedded: boolean }> {
    const { DATABASE_URL: ownLedger, REGISTRY_URL: ownRegistry } = this.env;
    if (ownLedger && ownRegistry)
      return { databaseUrl: ownLedger, registryUrl: ownRegistry, embedded: false };
    const postgres = new PostgresProcess({
      dataDir: join(this.dataDir, 'postgres'),
      databases: [ledger, registry],
      logFile: join(this.dataDir, 'logs', 'postgres.log'),
      fresh: this.options.fresh,
    });
    await this.supervise('postgres', postgres);
    return {
      databaseUrl: ownLedger || postgres.url(ledger),
      registryUrl: ownRegistry || postgres.url(registry),
      embedded: true,
    };
  }

  private async supervise(role: Role, runnable: Runnable): Promise<Supervised> {
    this.stopping.signal.throwIfAborted();
    const supervised = new Supervised(runnable, systemClock, this.print);
    this.parts.push({ role, supervised });
    await supervised.start();
    return supervised;
  }
}

function requireRocketMq(env: NodeJS.ProcessEnv): string {
  const endpoints = env['ROCKETMQ_ENDPOINTS'];
  if (endpoints) return endpoints;
  throw new CannotStartError(
    'ROCKETMQ_ENDPOINTS is not set, and the stand-in for RocketMQ is not there yet.',
    'Run `npm run rocketmq`, then ROCKETMQ_ENDPOINTS=127.0.0.1:8081 npm start.',
  );
}
