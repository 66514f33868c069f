import { join, resolve } from 'node:path';
import { certificatePaths } from '@seckill/embedded';
import type { StartOptions } from '../options/start-options.js';

/** What a process of the system is, in the order in which they stop: those who ask before those who answer. */
export const roles = ['gateway', 'seckill-service', 'inventory', 'rocketmq', 'postgres'] as const;

/** @see roles */
export type Role = (typeof roles)[number];

/** The apps; what they stand on are none. */
export type AppRole = Exclude<Role, 'rocketmq' | 'postgres'>;

/** @see AppRole */
export const appRoles: readonly AppRole[] = ['gateway', 'seckill-service', 'inventory'];

/** Where the development certificates are. */
export const certificatesDirectory = (dataDir: string): string => resolve(dataDir, 'certificates');

/** One process of the system. */
export interface PlannedProcess {
  readonly name: string;
  readonly role: AppRole;
  readonly script: string;
  readonly env: NodeJS.ProcessEnv;
  readonly httpPort: number;
  readonly grpcPort: number | undefined;
}

/** What all processes have in common. */
export interface LaunchEnvironment {
  /** Holds the built apps. */
  readonly appsDir: string;
  /** The environment to pass on. */
  readonly env: NodeJS.ProcessEnv;
  readonly rocketMqEndpoints: string;
  readonly databaseUrl: string;
  readonly registryUrl: string;
  readonly jwtSecret: string;
}

/** Above a process's HTTP port. */
const grpcDistance = 1_000;

const host = '127.0.0.1';

/** Name, HTTP port and gRPC port of every process; seckill-service serves no gRPC. */
export function planPorts(
  options: StartOptions,
): { name: string; role: AppRole; httpPort: number; grpcPort: number | undefined }[] {
  const { gateways, services, inventories, httpPort } = options;
  const some = (role: AppRole, count: number, base: number, grpc: boolean) =>
    Array.from({ length: count }, (_, index) => ({
      name: count === 1 ? role : `${role}-${index + 1}`,
      role,
      httpPort: base + index,
      grpcPort: grpc ? base + index + grpcDistance : undefined,
    }));
  return [
    ...some('inventory', inventories, httpPort + 200, true),
    ...some('seckill-service', services, httpPort + 100, false),
    ...some('gateway', gateways, httpPort, true),
  ];
}

/** Where the stand-in for RocketMQ listens: it speaks gRPC and nothing else. */
export function rocketMqPort({ httpPort }: StartOptions): number {
  return httpPort + 300 + grpcDistance;
}

/** Where the embedded Postgres listens: a port of the plan too, or it could take one that an app wants. */
export function postgresPort({ httpPort }: StartOptions): number {
  return httpPort + 400 + grpcDistance;
}

/** What to run, and the environment of each process. */
export function planProcesses(options: StartOptions, environment: LaunchEnvironment): PlannedProcess[] {
  const { DATABASE_URL: _, ...inherited } = environment.env;
  const directory = certificatesDirectory(options.dataDir);
  return planPorts(options).map((planned) => ({
    ...planned,
    script: join(environment.appsDir, planned.role, 'src', 'main.js'),
    env: {
      // For reading in the terminal; LOG_FORMAT=json is passed on.
      LOG_FORMAT: 'text',
      ...inherited,
      HTTP_PORT: String(planned.httpPort),
      ...(planned.grpcPort === undefined ? {} : { GRPC_PORT: String(planned.grpcPort) }),
      ADVERTISED_HOST: host,
      ROCKETMQ_ENDPOINTS: environment.rocketMqEndpoints,
      REGISTRY_URL: environment.registryUrl,
      JWT_SECRET: environment.jwtSecret,
      ...(options.tls ? tlsSettings(directory, planned.role) : {}),
      // Only inventory writes stock and outcomes, so only inventory can.
      ...(planned.role === 'inventory' ? { DATABASE_URL: environment.databaseUrl } : {}),
    },
  }));
}

/** Each role has a certificate of its own: it is who the process is. */
function tlsSettings(directory: string, role: AppRole): NodeJS.ProcessEnv {
  const { certFile, keyFile, caFile } = certificatePaths(directory, role);
  return { TLS_CERT_FILE: certFile, TLS_KEY_FILE: keyFile, TLS_CA_FILE: caFile };
}

/** Puts processes into the groups in which they stop: all of a group at once, one group after the other. */
export function stopStages<T extends { readonly role: Role }>(processes: readonly T[]): T[][] {
  return roles
    .map((role) => processes.filter((process) => process.role === role))
    .filter((stage) => stage.length > 0);
}
