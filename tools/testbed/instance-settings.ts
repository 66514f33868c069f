import { TcpProxy } from '@seckill/embedded';
import { appEnvironment, uses, type AppName, type Dependency } from '@tools/app-environment';
import { TEST_JWT_SECRET } from './tokens.js';

/**
 * A way of one instance that can lead through a proxy of its own: to RocketMQ, to the ledger (inventory), to the
 * registry, or `grpc`, on which the others come to it (gateway, inventory).
 */
export type Hop = Exclude<Dependency, 'tokens'>;

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
    const through = (hop: Hop, url: string) => (uses(app, hop) ? this.#through(instance, hop, url) : url);
    const { registryUrl, ledgerUrl, endpoints, namespace } = this.system;
    const called = new URL(await through('grpc', `tcp://127.0.0.1:${grpcPort}`));
    const ports = { httpPort, grpcPort, advertisedPort: Number(called.port) };
    return appEnvironment(app, ports, {
      rocketMqEndpoints: new URL(await through('rocketmq', `tcp://${endpoints}`)).host,
      rocketMqNamespace: namespace,
      registryUrl: await through('registry', registryUrl),
      databaseUrl: await through('ledger', ledgerUrl),
      jwtSecret: TEST_JWT_SECRET,
    });
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

  /** Where a way of an instance begins: at its target, or at the proxy before it if one was asked for. */
  async #through(instance: string, hop: Hop, target: string): Promise<string> {
    if (!this.hops.includes(hop)) return target;
    const url = new URL(target);
    const proxy = await TcpProxy.start({ host: url.hostname, port: Number(url.port) });
    this.#proxies.set(`${instance} ${hop}`, proxy);
    url.host = `127.0.0.1:${proxy.port}`;
    return url.href;
  }
}
