/** The apps of this repository that serve, in the order in which they stop: callers before those that they call. */
export const appNames = ['gateway', 'seckill-service', 'inventory'] as const;

/** @see appNames */
export type AppName = (typeof appNames)[number];

/** What an app may depend on; `grpc` is a port of its own, on which the other apps call it. */
export type Dependency = 'registry' | 'rocketmq' | 'ledger' | 'tokens' | 'grpc';

const dependencies: Readonly<Record<AppName, readonly Dependency[]>> = {
  gateway: ['registry', 'rocketmq', 'tokens', 'grpc'],
  'seckill-service': ['registry', 'rocketmq'],
  // Only inventory writes stock and outcomes, so only inventory can.
  inventory: ['registry', 'ledger', 'grpc'],
};

/** Whether an app has this dependency. */
export const uses = (app: AppName, dependency: Dependency): boolean => dependencies[app].includes(dependency);

/** The ports of one instance, on 127.0.0.1. */
export interface AppPorts {
  readonly httpPort: number;
  /** Ignored for an app that serves no gRPC. */
  readonly grpcPort: number | undefined;
  /** Where the other apps reach its gRPC, such as at a proxy. @default grpcPort */
  readonly advertisedPort?: number;
}

/** Where the dependencies are; each app gets only its own. */
export interface AppDependencies {
  /** `host:port` */
  readonly rocketMqEndpoints: string;
  /** Of topics and groups. @default not set */
  readonly rocketMqNamespace?: string;
  readonly registryUrl: string;
  /** The ledger. */
  readonly databaseUrl: string;
  readonly jwtSecret: string;
}

/** The environment by which one instance of an app finds its dependencies and the other apps. */
export function appEnvironment(
  app: AppName,
  { httpPort, grpcPort, advertisedPort = grpcPort }: AppPorts,
  { rocketMqEndpoints, rocketMqNamespace, registryUrl, databaseUrl, jwtSecret }: AppDependencies,
): Record<string, string> & { HTTP_PORT: string } {
  return {
    HTTP_PORT: String(httpPort),
    ADVERTISED_HOST: '127.0.0.1',
    REGISTRY_URL: registryUrl,
    ...(uses(app, 'grpc') && { GRPC_PORT: String(grpcPort), ADVERTISED_PORT: String(advertisedPort) }),
    ...(uses(app, 'rocketmq') && {
      ROCKETMQ_ENDPOINTS: rocketMqEndpoints,
      ...(rocketMqNamespace !== undefined && { ROCKETMQ_NAMESPACE: rocketMqNamespace }),
    }),
    ...(uses(app, 'ledger') && { DATABASE_URL: databaseUrl }),
    ...(uses(app, 'tokens') && { JWT_SECRET: jwtSecret }),
  };
}
