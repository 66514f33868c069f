import { TcpProxy } from '@seckill/embedded';
import { TEST_JWT_SECRET } from './tokens.js';

/** The apps of this repository that serve. */
export type AppName = 'gateway' | 'seckill-service' | 'inventory';

/**
 * A way of one instance that can lead through a proxy of its own: to RocketMQ, to the ledger (inventory), to the
 * registry, or `grpc`, on which the others come to it (gateway, inventory).
 */
export type Hop = 'rocketmq' | 'ledger' | 'registry' | 'grpc';

/** Where what the apps depend on is. */
export interface Endpoints {
  readonly ledgerUrl: string;
  readonly registryUrl: string;
  /** RocketMQ's, `host:port`. */
  readonly endpoints: string;
  /** Of topics and groups there. */
  readonly namespace: string;
}

/** The settings by which instances find what they depend on, and each other: directly, or through proxies. */
export class InstanceSettings {
  readonly #proxies = new Map<string, TcpProxy>();

  /** @param hops ways on which every instance gets a proxy */
  constructor(
    private readonly system: Endpoints,
    private readonly hops: readonly Hop[],
  ) {}

  /** Those of a new instance, which is to listen at these ports. Starts its proxies. */
  async of(
    app: AppName,
    instance: string,
    httpPort: number,
    grpcPort: number,
  ): Promise<Record<string, string> & { HTTP_PORT: string }> {
    const shared = {
      HTTP_PORT: String(httpPort),
      ADVERTISED_HOST: '127.0.0.1',
      REGISTRY_URL: await this.#url(instance, 'registry', this.system.registryUrl),
    };
    const called = async () => ({
      GRPC_PORT: String(grpcPort),
      ADVERTISED_PORT: String((await this.#way(instance, 'grpc', '127.0.0.1', grpcPort)).port),
    });
    if (app === 'inventory') {
      const ledger = await this.#url(instance, 'ledger', this.system.ledgerUrl);
      return { ...shared, ...(await called()), DATABASE_URL: ledger };
    }
    const broker = new URL(`tcp://${this.system.endpoints}`);
    const { host, port } = await this.#way(instance, 'rocketmq', broker.hostname, Number(broker.port));
    const { namespace } = this.system;
    const queue = { ...shared, ROCKETMQ_ENDPOINTS: `${host}:${port}`, ROCKETMQ_NAMESPACE: namespace };
    return app === 'gateway' ? { ...queue, ...(await called()), JWT_SECRET: TEST_JWT_SECRET } : queue;
  }

  /** The proxy on a way of one instance. @throws Error when none was asked for there */
  proxy(instance: string, hop: Hop): TcpProxy {
    const proxy = this.#proxies.get(`${instance} ${hop}`);
    if (!proxy) throw new Error(`${instance} has no proxy for ${hop}`);
    return proxy;
  }

  /** Ends all proxies. */
  async close(): Promise<void> {
    await Promise.allSettled([...this.#proxies.values()].map((proxy) => proxy.close()));
  }

  async #url(instance: string, hop: 'ledger' | 'registry', target: string): Promise<string> {
    const url = new URL(target);
    const { host, port } = await this.#way(instance, hop, url.hostname, Number(url.port));
    url.hostname = host;
    url.port = String(port);
    return url.href;
  }

  /** Where a way of an instance begins: at its target, or at the proxy before it if one was asked for. */
  async #way(
    instance: string,
    hop: Hop,
    host: string,
    port: number,
  ): Promise<{ host: string; port: number }> {
    if (!this.hops.includes(hop)) return { host, port };
    const proxy = await TcpProxy.start({ host, port });
    this.#proxies.set(`${instance} ${hop}`, proxy);
    return { host: '127.0.0.1', port: proxy.port };
  }
}
