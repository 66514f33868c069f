import { z } from 'zod';
import { tlsFilesOf, tlsVariables } from '@seckill/tls';
import { registryUrlProblem } from '@seckill/registry';
import { checkedUrl, connectionUrl, count, milliseconds, port, readSettings } from '@seckill/runtime';

const schema = z
  .object({
    /** Port for health and metrics. */
    HTTP_PORT: port(3200),
    /** Port of the service. It is registered for others, so it cannot be 0. */
    GRPC_PORT: port(4200).refine((port) => port > 0, { message: 'a fixed port, such as 4200' }),
    /** Under which name or address other processes reach this one. */
    ADVERTISED_HOST: z.string().default('127.0.0.1'),
    /** The port under which they do, if a port mapping or a proxy is in between. GRPC_PORT if not set. */
    ADVERTISED_PORT: port(0),
    /** The ledger, directly to Postgres: a pooler in transaction mode would lose session settings and plans. */
    DATABASE_URL: connectionUrl('postgres://user:password@host:5432/ledger', ['postgres', 'postgresql']),
    /** The registry, where instances find each other. */
    REGISTRY_URL: checkedUrl('etcd://host:2379', registryUrlProblem),
    ...tlsVariables,
    /** Transactions that decide at the same time. More than two only make batches smaller. */
    DECISION_FLIGHTS: count(2),
    /** Most requests in one transaction. */
    DECISION_BATCH: count(1024),
    /** Most requests that wait; one more is unavailable. */
    DECISION_WAITING: count(32_768),
    /** Connections for everything but decisions. */
    READ_CONNECTIONS: count(4),
    /** How long it keeps accepting calls after it is marked as draining in the registry, in ms. */
    DRAIN_MS: milliseconds(500),
  })
  .transform((env, context) => ({ ...env, tls: tlsFilesOf(env, context) }));

/** The settings of inventory. */
export type Settings = z.output<typeof schema>;

/** @throws SettingsError with what to set */
export const settingsFrom = (environment: NodeJS.ProcessEnv): Settings => readSettings(schema, environment);
