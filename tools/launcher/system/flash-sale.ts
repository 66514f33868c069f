import { existsSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { systemClock } from '@seckill/clock';
import { CannotStartError, isFree, makeDevelopmentCertificates, repositoryRoot } from '@seckill/embedded';
import { namespaceOf } from '@seckill/topology';
import { appNames } from '@tools/app-environment';
import { ShopRefusedError, ShopUnavailableError } from '@tools/load';
import type { StartOptions } from '../options/start-options.js';
import { NodeProcess } from '../supervisor/node-process.js';
import { askHealth, askPort, waitUntilAllReady, type Watched } from '../supervisor/readiness.js';
import type { Runnable } from '../supervisor/runnable.js';
import { Supervised } from '../supervisor/supervised.js';
import { type DemoSale, openDemoSale } from './demo-sale.js';
import { claim } from './leftovers.js';
import {
  certificatesDirectory,
  planPorts,
  planProcesses,
  type PlannedProcess,
  postgresPort,
  type Role,
  rocketMqPort,
  stopStages,
} from './plan.js';
import { PostgresProcess } from './postgres-process.js';
import { removeRunRecord, runDirectory, writeRunRecord } from './run-record.js';
import { jwtSecret } from './secret.js';

/** Each of the stages of a stop gets this long; then what still runs is killed. */
const stopMs = 15_000;
/** A RocketMQ that is not the stand-in needs up to 40 s after a start of its own until clients can use it. */
const readyMs = 120_000;

/** Certificates that a start makes are good for so long. `npm run certificates` renews them while all runs. */
const certificatesMs = 30 * 86_400_000;

const ledger = 'ledger';
const registry = 'registry';
const rocketMqName = 'rocketmq';

/** What the system is made of, once it runs. */
export interface Running {
  readonly processes: readonly PlannedProcess[];
  readonly rocketMq: { readonly endpoints: string; readonly embedded: boolean };
  readonly databaseUrl: string;
  readonly registryUrl: string;
  /** Whether at least one of the databases is the embedded one. */
  readonly embedded: boolean;
  readonly demo: DemoSale | undefined;
}

/** What is run. */
export interface Programs {
  /** Holds an app per role. */
  readonly appsDir: string;
  /** Stands in for RocketMQ. */
  readonly standIn: string;
  /** Modules that each of them loads first. */
  readonly preload: readonly string[];
}

/** The programs of the built output. */
function builtPrograms(): Programs {
  const dist = join(repositoryRoot(), 'dist');
  return {
    appsDir: join(dist, 'apps'),
    standIn: join(dist, 'libs', 'embedded', 'src', 'stand-in', 'main.js'),
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
  private readonly runDir: string;

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
    this.runDir = runDirectory(this.dataDir);
  }

  /**
   * Starts everything and waits until it is ready.
   *
   * @returns undefined when it was stopped meanwhile
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

  /** Ends everything in order: gateways, services, inventory, RocketMQ, Postgres. Leaves nothing running. */
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
    this.requireApps();
    this.release = await this.claim();
    await this.requirePorts();
    const [databases, rocketMq] = await Promise.all([this.startPostgres(), this.startRocketMq()]);
    const secret = jwtSecret(this.dataDir, this.env);
    if (this.options.tls) await this.makeCertificates();
    const { appsDir, preload } = this.programs;
    const processes = planProcesses(this.options, {
      ...databases,
      appsDir,
      env: this.env,
      rocketMqEndpoints: rocketMq.endpoints,
      jwtSecret: secret,
    });
    const apps = await Promise.all(
      processes.map((planned) =>
        this.supervise(planned.role, new NodeProcess({ ...planned, preload }, this.runDir, this.print)),
      ),
    );
    await this.untilReady(
      processes.map(({ name, httpPort }, index) => ({
        name,
        ask: (signal) => askHealth(`http://127.0.0.1:${httpPort}/health/ready`, signal),
        endings: () => apps[index]?.endings ?? 0,
      })),
    );
    const gateways = processes
      .filter(({ role }) => role === 'gateway')
      .map(({ httpPort }) => `http://127.0.0.1:${httpPort}`);
    const ledgerUrl = this.env['DATABASE_URL'] ? undefined : databases.databaseUrl;
    writeRunRecord(this.runDir, { gateways, ledgerUrl });
    return { ...databases, processes, rocketMq, demo: await this.openDemo(gateways, secret) };
  }

  private async claim(): Promise<() => void> {
    const release = await claim(this.runDir, (line) => this.print('launcher', line));
    return () => {
      removeRunRecord(this.runDir);
      release();
    };
  }

  private untilReady(watched: readonly Watched[]): Promise<void> {
    return waitUntilAllReady(watched, readyMs, this.stopping.signal, (line) => this.print('launcher', line));
  }

  /** In the apps' trust domain. */
  private async makeCertificates(): Promise<void> {
    const directory = certificatesDirectory(this.dataDir);
    const trustDomain = this.env['TLS_TRUST_DOMAIN'] || 'seckill';
    await makeDevelopmentCertificates({ directory, roles: appNames, trustDomain, validMs: certificatesMs });
    this.print('launcher', `mutual TLS with the certificates in ${directory}`);
  }

  /** The system runs without it too. */
  private async openDemo(gateways: readonly string[], secret: string): Promise<DemoSale | undefined> {
    if (!this.options.demo || this.stopping.signal.aborted) return undefined;
    try {
      return await openDemoSale(gateways, secret);
    } catch (error) {
      if (!(error instanceof ShopRefusedError || error instanceof ShopUnavailableError)) throw error;
      this.print('launcher', `no demo sale: ${error.message}`);
      return undefined;
    }
  }

  private requireApps(): void {
    for (const { role } of planPorts(this.options))
      if (!existsSync(join(this.programs.appsDir, role, 'src', 'main.js')))
        throw new CannotStartError(`The built ${role} is missing.`, 'Run `npm run build`.');
  }

  private async requirePorts(): Promise<void> {
    const wanted = planPorts(this.options).flatMap(({ name, httpPort, grpcPort }) => [
      { name, port: httpPort },
      { name, port: grpcPort },
    ]);
    if (!this.env['ROCKETMQ_ENDPOINTS'])
      wanted.push({ name: rocketMqName, port: rocketMqPort(this.options) });
    for (const { name, port } of wanted)
      if (port !== undefined && !(await isFree(port)))
        throw new CannotStartError(
          `Port ${port}, wanted for ${name}, is taken by another program.`,
          'End that program or choose other ports with --http-port.',
        );
  }

  private async startRocketMq(): Promise<Running['rocketMq']> {
    const own = this.env['ROCKETMQ_ENDPOINTS'];
    if (own) return { endpoints: own, embedded: false };
    const port = rocketMqPort(this.options);
    const data = join(this.dataDir, 'stand-in');
    if (this.options.fresh) rmSync(data, { recursive: true, force: true });
    const { PATH, HOME } = this.env;
    const standIn = new NodeProcess(
      {
        name: rocketMqName,
        script: this.programs.standIn,
        args: ['--data', data, '--port', String(port), '--namespace', namespaceOf(this.env)],
        env: { PATH, HOME },
        preload: this.programs.preload,
      },
      this.runDir,
      this.print,
    );
    const supervised = await this.supervise('rocketmq', standIn);
    await this.untilReady([
      { name: rocketMqName, ask: () => askPort(port), endings: () => supervised.endings },
    ]);
    return { endpoints: `127.0.0.1:${port}`, embedded: true };
  }

  private async startPostgres(): Promise<{ databaseUrl: string; registryUrl: string; embedded: boolean }> {
    const { DATABASE_URL: ownLedger, REGISTRY_URL: ownRegistry } = this.env;
    if (ownLedger && ownRegistry)
      return { databaseUrl: ownLedger, registryUrl: ownRegistry, embedded: false };
    const postgres = new PostgresProcess({
      // One that was left behind may have it: that is ended first, by itself.
      port: postgresPort(this.options),
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
