import { z } from 'zod';

/** What a namespace may be. Empty: names as they stand in `docker/rocketmq/topology.json`. */
const NAMESPACE_PATTERN = /^([a-z0-9][a-z0-9-]{0,31})?$/;

/** The setting that names the topics and groups of a system, to be spread into the schema of an app. */
export const topologyVariables = {
  /** Put before the names of all topics and groups, so that several systems can share one RocketMQ. */
  ROCKETMQ_NAMESPACE: z
    .string()
    .regex(NAMESPACE_PATTERN, 'up to 32 lowercase letters, digits and "-", such as staging')
    .default(''),
};

/**
 * The namespace that an environment names, for what reads no other setting.
 * @throws Error that says what to set
 */
export function namespaceOf(environment: NodeJS.ProcessEnv): string {
  const { success, data, error } = topologyVariables.ROCKETMQ_NAMESPACE.safeParse(
    environment['ROCKETMQ_NAMESPACE'],
  );
  if (!success) throw new Error(`set ROCKETMQ_NAMESPACE: ${error.issues[0]!.message}`);
  return data;
}
