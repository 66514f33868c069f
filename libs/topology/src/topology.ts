import topology from '../../../docker/rocketmq/topology.json' with { type: 'json' };

/** What a topic is for: the keys of `topics` in `docker/rocketmq/topology.json`. */
export type TopicRole = keyof typeof topology.topics;

/** What a consumer group is for: the keys of `groups` in `docker/rocketmq/topology.json`. */
export type GroupRole = keyof typeof topology.groups;

/** The names under which RocketMQ knows topics and groups. */
export interface TopologyNames {
  readonly topics: Readonly<Record<TopicRole, string>>;
  readonly groups: Readonly<Record<GroupRole, string>>;
}

function inNamespace(namespace: string, name: string): string {
  return namespace === '' ? name : `${namespace}-${name}`;
}

/**
 * The names of all topics and groups in a namespace (`ROCKETMQ_NAMESPACE`; empty: as they stand in the file). Systems with
 * different namespaces share one RocketMQ and never take each other's messages.
 */
export function namesIn(namespace: string): TopologyNames {
  const names = <Role extends string>(specs: Record<Role, { name: string }>) =>
    Object.fromEntries(
      Object.entries<{ name: string }>(specs).map(([role, { name }]) => [role, inNamespace(namespace, name)]),
    ) as Record<Role, string>;
  return { topics: names(topology.topics), groups: names(topology.groups) };
}

/** The topics and groups that must exist in a namespace, as `docker/rocketmq/topology.json` describes them. */
export function topologyIn(namespace: string): {
  topics: { name: string; type: string; queues: number }[];
  groups: { name: string; maxRetries: number }[];
} {
  const named = <Spec extends { name: string }>(spec: Spec) => ({
    ...spec,
    name: inNamespace(namespace, spec.name),
  });
  return {
    topics: Object.values(topology.topics).map(named),
    groups: Object.values(topology.groups).map(named),
  };
}
