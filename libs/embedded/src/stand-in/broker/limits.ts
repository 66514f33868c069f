/**
 * The limits of RocketMQ 5.5, as set by docker/rocketmq/rmq-proxy.json and its own defaults (RocketMQ
 * `ProxyConfig.java`). Times are ms, sizes bytes.
 */
export interface BrokerLimits {
  /** Most messages of one receive, even if more are requested. */
  readonly maxPerReceive: number;
  readonly minInvisibleMs: number;
  readonly maxInvisibleMs: number;
  readonly minPollMs: number;
  readonly maxPollMs: number;
  readonly maxDelayMs: number;
  readonly maxBodyBytes: number;
  /** Invisible time for a PushConsumer, which requests none. After it the broker checks whether the client is alive. */
  readonly ownedInvisibleMs: number;
  /** Delay until the messages of a client that has disconnected become visible. */
  readonly releaseMs: number;
}

/** @see BrokerLimits */
export const defaultLimits: BrokerLimits = {
  maxPerReceive: 32,
  minInvisibleMs: 1_000,
  maxInvisibleMs: 12 * 3_600_000,
  minPollMs: 1_000,
  maxPollMs: 20_000,
  maxDelayMs: 24 * 3_600_000,
  maxBodyBytes: 4 * 1_024 * 1_024,
  ownedInvisibleMs: 60_000,
  releaseMs: 1_000,
};
