import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Ledger, StockSample } from '@seckill/checker';
import {
  EtcdProcess,
  freePorts,
  loadTopology,
  LocalRocketMq,
  repositoryRoot,
  scratchDirectory,
  StandInProcess,
  startEmbeddedPostgres,
  type EmbeddedPostgres,
  type Topology,
} from '@seckill/embedded';
import { adminToken, readLedger, SaleAdmin, StockSampler, type SaleTerms } from '@seckill/load';
import { AppProcess } from './app-process.js';
import { TcpProxy } from './tcp-proxy.js';
import { TEST_JWT_SECRET } from './tokens.js';

/** The apps of this repository that serve. */
export type AppName = 'gateway' | 'seckill-service' | 'inventory';

/** What a system under test consists of. */
export interface SystemOptions {
  /** Instances of each app. @default one of each */
  readonly instances?: Partial<Record<AppName, number>>;
  /** Settings of each app beyond those that make it find the others. */
  readonly env?: Partial<Record<AppName, Readonly<Record<string, string>>>>;
  /** A stand-in or a real RocketMQ of its own, or one that runs already, with its topics, at `host:port`. @default 'stand-in' */
  readonly rocketmq?: 'stand-in' | 'real' | { readonly endpoints: string };
  /** What keeps the registry. @default 'postgres', beside the ledger */
  readonly registry?: 'postgres' | 'etcd';
  /** Topics and groups beyond those of `docker/rocketmq/topology.json`; not for a RocketMQ that runs already. */
  readonly topology?: Topology;
  /** Databases beyond `ledger` and `registry`. */
  readonly databases?: readonly string[];
  /** Puts a proxy before the ledger or before RocketMQ, so that a test can disturb the way there. */
  readonly proxies?: { readonly ledger?: boolean; readonly rocketmq?: boolean };
}

/** The real system: Postgres, RocketMQ and the built apps, each a process of its own, on ports of its own. */
export class System {
  /** Every instance that was started, in order. */
  readonly processes: AppProcess[] = [];
  /** Proxies that were asked for. */
  ledgerProxy: TcpProxy | undefined;
  rocketmqProxy: TcpProxy | undefined;
  readonly #options: SystemOptions;
  readonly #directory = scratchDirectory('seckill-system');
  readonly #endings: (() => Promise<unknown>)[] = [];
  #postgres: EmbeddedPostgres | undefined;
  #etcd: EtcdProcess | undefined;
  #rocketmq: LocalRocketMq | undefined;
  #endpoints = '';
  #brokerPid: () => number | undefined = () => undefined;

  private constructor(options: SystemOptions) {
    this.#options = options;
  }

  /** Starts everything and waits until it is ready. What was started is ended again if that fails. */
  static async start(options: SystemOptions = {}): Promise<System> {
    const system = new System(options);
    try {
      await Promise.all([system.#startPostgres(), system.#startEtcd(), system.#startRocketMq()]);
      await system.#startProxies();
      // The ledger's tables come with the first inventory.
      for (const app of ['inventory', 'seckill-service', 'gateway'] as const) {
        const count = options.instances?.[app] ?? 1;
        await Promise.all(Array.from({ length: count }, () => system.startApp(app)));
      }
      return system;
    } catch (error) {
      system.printLogs();
      await system.stop();
      throw error;
    }
  }

  /** The running instances of an app, and those that were killed. */
  instances(app: AppName): AppProcess[] {
    return this.processes.filter(({ name }) => name.startsWith(`${app}-`));
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

  /** The broker of this system. @throws Error when it is one that others use as well */
  get rocketmq(): LocalRocketMq {
    if (!this.#rocketmq) throw new Error('this system shares its RocketMQ');
    return this.#rocketmq;
  }

  /** The process of its RocketMQ: broker and proxy, or the stand-in. None for one that others use as well. */
  get brokerPid(): number | undefined {
    return this.#brokerPid();
  }

  /** Ends Postgres as a crash would, and starts it again over what it left, on the same port. */
  async crashPostgres(): Promise<void> {
    const { port } = this.postgres;
    await this.postgres.kill();
    this.#postgres = await startEmbeddedPostgres(this.#postgresOptions(port));
  }

  /** Starts one more instance and waits until it is ready. */
  async startApp(app: AppName, env: Readonly<Record<string, string>> = {}): Promise<AppProcess> {
    const [http, grpc] = [await freePorts(), await freePorts()];
    const instance = new AppProcess({
      main: join(repositoryRoot(), 'dist', 'apps', app, 'src', 'main.js'),
      name: `${app}-${this.instances(app).length + 1}`,
      env: { ...this.#environment(app, http, grpc), ...this.#options.env?.[app], ...env },
    });
    this.processes.push(instance);
    await instance.start();
    return instance;
  }

  /** Creates or changes a sale through a gateway. @throws ShopRefusedError, ShopUnavailableError */
  putSale(saleId: string, terms: SaleTerms): Promise<void> {
    const token = adminToken(TEST_JWT_SECRET);
    return new SaleAdmin({ gateways: this.gateways, token }).put(saleId, terms);
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

  /** Runs a part of a test, and prints the logs of all processes if it fails. */
  async explain<T>(run: () => Promise<T>): Promise<T> {
    try {
      return await run();
    } catch (error) {
      this.printLogs();
      throw error;
    }
  }

  printLogs(): void {
    for (const { name, log } of this.processes) console.error(`===== ${name}\n${log}`);
  }

  /** Ends everything that was started, gateways first, and removes its files. */
  async stop(): Promise<void> {
    for (const app of ['gateway', 'seckill-service', 'inventory'] as const) {
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
    return { dataDir: join(this.#directory, 'postgres'), port, databases };
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
      return;
    }
    const dataDir = join(this.#directory, 'rocketmq');
    if (which === 'stand-in') {
      const topologyFile = join(this.#directory, 'topology.json');
      await writeFile(topologyFile, JSON.stringify(this.#topology()));
      const standIn = await StandInProcess.start({ dataDir, topologyFile });
      this.#brokerPid = () => standIn.pid;
      this.#endings.push(() => standIn.stop());
      this.#endpoints = standIn.endpoints;
      return;
    }
    const rocketmq = new LocalRocketMq({
      dataDir,
      ports: 0,
      heap: '512m',
    });
    this.#rocketmq = rocketmq;
    this.#brokerPid = () => rocketmq.pid;
    this.#endings.push(() => rocketmq.stop());
    await rocketmq.start();
    await rocketmq.createTopology(this.#topology());
    this.#endpoints = rocketmq.endpoints;
  }

  #topology(): Topology {
    const { topics, groups } = loadTopology();
    const { topology: more } = this.#options;
    return { topics: [...topics, ...(more?.topics ?? [])], groups: [...groups, ...(more?.groups ?? [])] };
  }

  async #startProxies(): Promise<void> {
    const { ledger = false, rocketmq = false } = this.#options.proxies ?? {};
    if (ledger) this.ledgerProxy = await this.#proxy({ port: this.postgres.port });
    if (!rocketmq) return;
    const { hostname, port } = new URL(`tcp://${this.#endpoints}`);
    this.rocketmqProxy = await this.#proxy({ host: hostname, port: Number(port) });
  }

  async #proxy(target: { host?: string; port: number }): Promise<TcpProxy> {
    const proxy = await TcpProxy.start(target);
    this.#endings.push(() => proxy.close());
    return proxy;
  }

  #environment(app: AppName, http: number, grpc: number): Record<string, string> & { HTTP_PORT: string } {
    const shared = {
      HTTP_PORT: String(http),
      GRPC_PORT: String(grpc),
      ADVERTISED_HOST: '127.0.0.1',
      REGISTRY_URL: this.registryUrl,
    };
    if (app === 'inventory') return { ...shared, DATABASE_URL: through(this.ledgerUrl, this.ledgerProxy) };
    const endpoints = this.rocketmqProxy ? `127.0.0.1:${this.rocketmqProxy.port}` : this.#endpoints;
    const queue = { ...shared, ROCKETMQ_ENDPOINTS: endpoints };
    return app === 'gateway' ? { ...queue, JWT_SECRET: TEST_JWT_SECRET } : queue;
  }
}

function through(url: string, proxy: TcpProxy | undefined): string {
  if (!proxy) return url;
  const changed = new URL(url);
  changed.port = String(proxy.port);
  return changed.href;
}
