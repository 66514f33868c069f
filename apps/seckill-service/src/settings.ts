import { tlsFilesOf, tlsVariables } from '@seckill/tls';
import { topologyVariables } from '@seckill/topology';
import { rocketMqAccessOf, rocketMqVariables } from '@seckill/messaging';
import { registryUrlProblem } from '@seckill/registry';
import { checkedUrl, count, milliseconds, port, readSettings } from '@seckill/runtime';
import { z } from 'zod';

const schema = z
  .object({
    /** Health and metrics. */
    HTTP_PORT: port(3100),
    /** The host under which other processes reach this one; shown in the registry. */
    ADVERTISED_HOST: z.string().default('127.0.0.1'),
    ...rocketMqVariables,
    ...tlsVariables,
    ...topologyVariables,
    REGISTRY_URL: checkedUrl('etcd://host:2379', registryUrlProblem),
    /** Most requests handled at once. */
    CONCURRENCY: count(4_096),
    /** After this many ms, another instance receives the requests of one that died. */
    INVISIBLE_MS: milliseconds(5_000),
  })
  .transform((env, context) => ({
    ...env,
    rocketmq: rocketMqAccessOf(env, context),
    tls: tlsFilesOf(env, context),
  }));

/** The settings of seckill-service. */
export type Settings = z.output<typeof schema>;

/** Reads the environment. @throws SettingsError with what to set */
export const settingsFrom = (environment: NodeJS.ProcessEnv): Settings => readSettings(schema, environment);
