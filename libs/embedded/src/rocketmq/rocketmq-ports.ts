/** The ports of one RocketMQ on this machine. */
export interface RocketMqPorts {
  /** The proxy's gRPC port, for clients. */
  readonly grpc: number;
  /** The proxy's port for clients of RocketMQ 4. */
  readonly remoting: number;
  /** The name server. */
  readonly nameServer: number;
  /** The broker. It also uses the ports two below (VIP channel) and one above (replication). */
  readonly broker: number;
  /** Prometheus metrics of the broker. */
  readonly metrics: number;
}

/** RocketMQ's default ports. */
export const usualPorts: RocketMqPorts = {
  grpc: 8081,
  remoting: 8080,
  nameServer: 9876,
  broker: 10_911,
  metrics: 5557,
};

/** How many consecutive ports {@link portsFrom} uses, unless these are the default ports. */
export const portBlock = 12;

/**
 * The ports for a gRPC port: the default ports for 8081, otherwise a block that starts with it, so that two brokers
 * conflict only if their blocks overlap.
 */
export function portsFrom(grpc: number): RocketMqPorts {
  if (grpc === usualPorts.grpc) return usualPorts;
  return { grpc, remoting: grpc + 1, nameServer: grpc + 2, metrics: grpc + 3, broker: grpc + 8 };
}

/** All ports that RocketMQ binds, each with its purpose for messages. */
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
