import { randomUUID } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Ledger, StockSample } from '@tools/checker';
import {
  EtcdProcess,
  freePorts,
  LocalRocketMq,
  projectTopology,
  repositoryRoot,
  scratchDirectory,
  StandInProcess,
  startEmbeddedPostgres,
  type EmbeddedPostgres,
  type TcpProxy,
  type Topology,
} from '@seckill/embedded';
import { appNames, type AppName } from '@tools/app-environment';
import { adminToken, readLedger, SaleAdmin, StockSampler, type SaleTerms } from '@tools/load';
import { AppProcess } from './app-process.js';
import { explained } from './explained.js';
import { InstanceSettings, type Hop } from './instance-settings.js';
import { TEST_JWT_SECRET } from './tokens.js';

/** How one instance differs from the others of its app. */
export interface InstanceOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Modules to load before the app's own. */
  readonly preloads?: readonly string[];
}

/** What a system under test consists of. */
export interface SystemOptions {
  /** Instances of each app. @default one of each */
  readonly instances?: Partial<Record<AppName, number>>;
  /** Settings of each app beyond those that make it find the others. */
  readonly env?: Partial<Record<AppName, Readonly<Record<string, string>>>>;
  /**
   * A stand-in or a real RocketMQ of its own; one that runs already, with its topics, at `host:port`; or one that is shared
   * with other systems: this one has topics and groups in a namespace of its own there. @default 'stand-in'
   */
  readonly rocketmq?: 'stand-in' | 'real' | { readonly endpoints: string; readonly shared?: boolean };
  /** What keeps the registry. @default 'postgres', beside the ledger */
  readonly registry?: 'postgres' | 'etcd';
  /** Topics and groups beyond those of `docker/rocketmq/topology.json`; not for one that runs already and is not shared. */
  readonly topology?: Topology;
  /** Databases beyond `ledger` and `registry`. */
  readonly databases?: readonly string[];
  /** How single instances differ, by their name, such as `gateway-2`. */
  readonly only?: Readonly<Record<string, InstanceOptions>>;
  /** Ways on which every instance gets a proxy, so that a test can disturb them: {@link System.proxy}. */
  readonly proxies?: readonly Hop[];
}

/** The real system: Postgres, RocketMQ and the built apps, each a process of its own, on ports of its own. */
export class System {
  /** Every instance that was started, in order. */
  readonly processes: AppProcess[] = [];
  readonly #counts: Record<AppName, number> = { gateway: 0, 'seckill-service': 0, inventory: 0 };
  readonly #settings: InstanceSettings;
  readonly #options: SystemOptions;
  readonly #directory = scratchDirectory('seckill-system');
  readonly #endings: (() => Promise<unknown>)[] = [];
  #postgres: EmbeddedPostgres | undefined;
  #etcd: EtcdProcess | undefined;
  #rocketmq: LocalRocketMq | undefined;
  #standIn: StandInProcess | undefined;
  #endpoints = '';
  #namespace = '';

  private constructor(options: SystemOptions) {
    this.#options = options;
    this.#settings = new InstanceSettings(this, options.proxies ?? []);
    this.#endings.push(() => this.#settings.close());
  }

  /** Starts everything and waits until it is ready. What was started is ended again if that fails. */
  static async start(options: SystemOptions = {}): Promise<System> {
    const system = new System(options);
    try {
      await Promise.all([system.#startPostgres(), system.#startEtcd()]);
      // Not beside them: it chooses its ports long before it takes them.
      await system.#startRocketMq();
      // The ledger's tables come with the first inventory.
      for (const app of ['inventory', 'seckill-service', 'gateway'] as const) {
        const count = options.instances?.[app] ?? 1;
        await Promise.all(Array.from({ length: count }, () => system.startApp(app)));
      }
      return system;
    } catch (error) {
      const told = explained(error, system.processes);
      await system.stop();
      throw told;
    }
  }

  /** The running instances of an app, and those that were killed. */
  instances(app: AppName): AppProcess[] {
    return this.processes
      .filter(({ name }) => name.startsWith(`${app}-`))
      .toSorted((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** Base URLs of the gateways. */
  get gateways(): string[] {
    return this.instances('gateway').map(({ url }) => url);
  }

  /** The ledger, past any proxy. */
  get ledgerUrl(): string {
    return this.postgres.url('ledger');
  }

  /** The database server of ledger and registry. */
  get postgres(): EmbeddedPostgres {
    if (!this.#postgres) throw new Error('Postgres does not run');
    return this.#postgres;
  }

  /** What keeps the registry. @throws Error when that is Postgres */
  get etcd(): EtcdProcess {
    if (!this.#etcd) throw new Error('this system has no etcd');
    return this.#etcd;
  }

  /** What the apps are told of it. */
  get registryUrl(): string {
    return this.#etcd?.registryUrl ?? this.postgres.url('registry');
  }

  /** Where its RocketMQ is. */
  get endpoints(): string {
    return this.#endpoints;
  }

  /** Of its topics and groups on a RocketMQ that it shares; empty on one of its own. */
  get namespace(): string {
    return this.#namespace;
  }

  /** The broker of this system. @throws Error when it is one that others use as well */
  get rocketmq(): LocalRocketMq {
    if (!this.#rocketmq) throw new Error('this system shares its RocketMQ');
    return this.#rocketmq;
  }

  /** The process of its RocketMQ: broker and proxy, or the stand-in. None for one that others use as well. */
  get brokerPid(): number | undefined {
    return this.#standIn?.pid ?? this.#rocketmq?.pid;
  }

  /** The stand-in of this system. @throws Error when it has none */
  get standIn(): StandInProcess {
    if (!this.#standIn) throw new Error('this system has no stand-in');
    return this.#standIn;
  }

  /** The proxy on a way of one instance. @throws Error when none was asked for there */
  proxy(instance: string, hop: Hop): TcpProxy {
    return this.#settings.proxy(instance, hop);
  }

  /** The processes that run, by name. Postgres and a broker are there as one each. */
  pids(): Record<string, number> {
    const pids: Record<string, number> = {};
    for (const { name, pid } of this.processes) if (pid !== undefined) pids[name] = pid;
    if (this.#postgres) pids['postgres'] = this.#postgres.pid;
    if (this.brokerPid !== undefined) pids['broker'] = this.brokerPid;
    return pids;
  }

  /** Ends Postgres as a crash would, and starts it again over what it left, on the same port. */
  async crashPostgres(): Promise<void> {
    await this.postgres.kill();
    await this.restartPostgres();
  }

  /** Starts Postgres again after its end, over what it left, on the same port. */
  async restartPostgres(): Promise<void> {
    this.#postgres = await startEmbeddedPostgres(this.#postgresOptions(this.postgres.port));
  }

  /** Ends the broker of this system as a crash would. */
  async killBroker(): Promise<void> {
    await (this.#standIn ?? this.rocketmq).kill();
  }

  /** Starts the broker of this system again after its end, over what it left, on the same port. */
  async restartBroker(): Promise<void> {
    if (!this.#standIn) {
      await this.rocketmq.start();
      return;
    }
    const { port } = this.#standIn;
    this.#standIn = await StandInProcess.start({
      dataDir: this.#brokerDirectory,
      topologyFile: this.#topologyFile,
      port,
    });
  }

  /** Starts one more instance and waits until it is ready. */
  async startApp(app: AppName, options: InstanceOptions = {}): Promise<AppProcess> {
    // Before anything is awaited: several are started at once.
    const name = `${app}-${++this.#counts[app]}`;
    const own = { ...this.#options.only?.[name], ...options };
    const port = await freePorts(2);
    const environment = await this.#settings.of(app, name, port, port + 1);
    const instance = new AppProcess({
      main: join(repositoryRoot(), 'dist', 'apps', app, 'src', 'main.js'),
      name,
      env: { ...environment, ...this.#options.env?.[app], ...own.env },
      ...(own.preloads && { preloads: own.preloads }),
    });
    this.processes.push(instance);
    await instance.start();
    return instance;
  }

  /** Creates or changes a sale through a gateway. @throws ShopRefusedError, ShopUnavailableError */
  putSale(saleId: string, terms: SaleTerms): Promise<void> {
    const token = adminToken(TEST_JWT_SECRET);
    return new SaleAdmin({ gateways: this.gateways, token, withinMs: 120_000 }).put(saleId, terms);
  }

  /** What the ledger holds of these sales. */
  async ledger(saleIds: readonly string[], samples?: readonly StockSample[]): Promise<Ledger> {
    return { ...(await readLedger(this.ledgerUrl, saleIds)), samples };
  }

  /** Looks at the stock of these sales until it is told to stop, at the latest when the system is. */
  sampleStock(saleIds: readonly string[], everyMs?: number): StockSampler {
    const sampler = new StockSampler(this.ledgerUrl, saleIds, everyMs);
    this.#endings.push(() => sampler.stop());
    return sampler;
  }

  /**
   * Runs a part of a test. If it fails, its error says which process is to blame, with the end of its log, and where the
   * logs of all processes are kept.
   */
  async explain<T>(run: () => Promise<T>): Promise<T> {
    try {
      return await run();
    } catch (error) {
      throw explained(error, this.processes);
    }
  }

  /** Ends everything that was started, gateways first, and removes its files. */
  async stop(): Promise<void> {
    for (const app of appNames) {
      await Promise.all(this.instances(app).map((instance) => instance.stop()));
    }
    await Promise.allSettled(this.#endings.splice(0).map((end) => end()));
    await rm(this.#directory, { recursive: true, force: true });
  }

  async #startPostgres(): Promise<void> {
    this.#postgres = await startEmbeddedPostgres(this.#postgresOptions());
    this.#endings.push(() => this.postgres.stop());
  }

  #postgresOptions(port = 0): Parameters<typeof startEmbeddedPostgres>[0] {
    const databases = ['ledger', 'registry', ...(this.#options.databases ?? [])];
    return { dataDir: join(this.#directory, 'postgres'), port, databases, fromTemplate: true };
  }

  async #startEtcd(): Promise<void> {
    if (this.#options.registry !== 'etcd') return;
    const etcd = await EtcdProcess.start({ dataDir: join(this.#directory, 'etcd') });
    this.#endings.push(() => etcd.stop());
    this.#etcd = etcd;
  }

  async #startRocketMq(): Promise<void> {
    const { rocketmq: which = 'stand-in' } = this.#options;
    if (typeof which === 'object') {
      this.#endpoints = which.endpoints;
      if (!which.shared) return;
      this.#namespace = `t-${randomUUID().slice(0, 8)}`;
      const ports = Number(which.endpoints.split(':').at(-1));
      // It runs already; only its ports are needed.
      await new LocalRocketMq({ dataDir: this.#brokerDirectory, ports }).createTopology(this.#topology());
      return;
    }
    const dataDir = this.#brokerDirectory;
    if (which === 'stand-in') {
      await writeFile(this.#topologyFile, JSON.stringify(this.#topology()));
      this.#standIn = await StandInProcess.start({ dataDir, topologyFile: this.#topologyFile });
      this.#endings.push(() => this.standIn.stop());
      this.#endpoints = this.#standIn.endpoints;
      return;
    }
    const rocketmq = new LocalRocketMq({
      dataDir,
      ports: 0,
      heap: '512m',
    });
    this.#rocketmq = rocketmq;
    this.#endings.push(() => rocketmq.stop());
    await rocketmq.start();
    await rocketmq.createTopology(this.#topology());
    this.#endpoints = rocketmq.endpoints;
  }

  #topology(): Topology {
    const { topics, groups } = projectTopology(this.#namespace);
    const { topology: more } = this.#options;
    return { topics: [...topics, ...(more?.topics ?? [])], groups: [...groups, ...(more?.groups ?? [])] };
  }

  get #topologyFile(): string {
    return join(this.#directory, 'topology.json');
  }

  get #brokerDirectory(): string {
    return join(this.#directory, 'rocketmq');
  }
}
