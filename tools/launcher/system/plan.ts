import { join, resolve } from 'node:path';
import { certificatePaths } from '@seckill/embedded';
import { appEnvironment, appNames, uses, type AppDependencies, type AppName } from '@tools/app-environment';
import type { StartOptions } from '../options/start-options.js';

/** What a process of the system is, in the order in which they stop: those who ask before those who answer. */
export const roles = [...appNames, 'rocketmq', 'postgres'] as const;

/** @see roles */
export type Role = (typeof roles)[number];

/** Where the development certificates are. */
export const certificatesDirectory = (dataDir: string): string => resolve(dataDir, 'certificates');

/** One process of the system. */
export interface PlannedProcess {
  readonly name: string;
  readonly role: AppName;
  readonly script: string;
  readonly env: NodeJS.ProcessEnv;
  readonly httpPort: number;
  readonly grpcPort: number | undefined;
}

/** What all processes have in common. */
export interface LaunchEnvironment extends AppDependencies {
  /** Holds the built apps. */
  readonly appsDir: string;
  /** The environment to pass on. */
  readonly env: NodeJS.ProcessEnv;
}

/** Above a process's HTTP port. */
const grpcDistance = 1_000;

/** Name, HTTP port and gRPC port of every process. */
export function planPorts(
  options: StartOptions,
): { name: string; role: AppName; httpPort: number; grpcPort: number | undefined }[] {
  const { gateways, services, inventories, httpPort } = options;
  const some = (role: AppName, count: number, base: number) =>
    Array.from({ length: count }, (_, index) => ({
      name: count === 1 ? role : `${role}-${index + 1}`,
      role,
      httpPort: base + index,
      grpcPort: uses(role, 'grpc') ? base + index + grpcDistance : undefined,
    }));
  return [
    ...some('inventory', inventories, httpPort + 200),
    ...some('seckill-service', services, httpPort + 100),
    ...some('gateway', gateways, httpPort),
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
      ...appEnvironment(planned.role, planned, environment),
      ...(options.tls ? tlsSettings(directory, planned.role) : {}),
    },
  }));
}

/** Each role has a certificate of its own: it is who the process is. */
function tlsSettings(directory: string, role: AppName): NodeJS.ProcessEnv {
  const { certFile, keyFile, caFile } = certificatePaths(directory, role);
  return { TLS_CERT_FILE: certFile, TLS_KEY_FILE: keyFile, TLS_CA_FILE: caFile };
}

/** Puts processes into the groups in which they stop: all of a group at once, one group after the other. */
export function stopStages<T extends { readonly role: Role }>(processes: readonly T[]): T[][] {
  return roles
    .map((role) => processes.filter((process) => process.role === role))
    .filter((stage) => stage.length > 0);
}
