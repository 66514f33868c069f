/** Where one RocketMQ listens; all on this machine. */
export interface RocketMqPorts {
  /** The proxy's gRPC port: the one that clients are told. */
  readonly grpc: number;
  /** The proxy's port for clients of RocketMQ 4. */
  readonly remoting: number;
  /** The name server. */
  readonly nameServer: number;
  /** The broker. It listens two below (VIP channel) and one above (replication) as well. */
  readonly broker: number;
  /** Prometheus metrics of the broker. */
  readonly metrics: number;
}

/** What everybody expects of a RocketMQ. */
export const usualPorts: RocketMqPorts = {
  grpc: 8081,
  remoting: 8080,
  nameServer: 9876,
  broker: 10_911,
  metrics: 5557,
};

/** How many neighbouring ports {@link portsFrom} uses when it does not use the usual ones. */
export const portBlock = 12;

/**
 * The ports that belong to a gRPC port: the usual ones for 8081, otherwise a block that begins with it, so that two
 * brokers side by side meet only if their blocks do.
 */
export function portsFrom(grpc: number): RocketMqPorts {
  if (grpc === usualPorts.grpc) return usualPorts;
  return { grpc, remoting: grpc + 1, nameServer: grpc + 2, metrics: grpc + 3, broker: grpc + 8 };
}

/** Every port that a start with these binds, in words for messages. */
export function boundPorts(ports: RocketMqPorts): ReadonlyMap<number, string> {
  return new Map([
    [ports.grpc, 'proxy (gRPC)'],
    [ports.remoting, 'proxy (remoting)'],
    [ports.nameServer, 'name server'],
    [ports.broker, 'broker'],
    [ports.broker - 2, 'broker (VIP channel)'],
    [ports.broker + 1, 'broker (replication)'],
    [ports.metrics, 'broker (metrics)'],
  ]);
}
