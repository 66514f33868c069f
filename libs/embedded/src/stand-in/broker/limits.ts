/**
 * What RocketMQ 5.5 allows, as docker/rocketmq/rmq-proxy.json and its own defaults set it (`ProxyConfig.java`).
 * Times are ms, sizes bytes.
 */
export interface BrokerLimits {
  /** Messages in one receive; more are not given, however many are asked for. */
  readonly mostPerReceive: number;
  readonly leastInvisibleMs: number;
  readonly mostInvisibleMs: number;
  readonly leastPollMs: number;
  readonly mostPollMs: number;
  readonly mostDelayMs: number;
  readonly mostBodyBytes: number;
  /** For how long a PushConsumer, which names no time, holds a message before the broker looks whether it lives. */
  readonly ownedInvisibleMs: number;
  /** After how long others get what a client that said good-bye held. */
  readonly releaseMs: number;
}

/** @see BrokerLimits */
export const defaultLimits: BrokerLimits = {
  mostPerReceive: 32,
  leastInvisibleMs: 1_000,
  mostInvisibleMs: 12 * 3_600_000,
  leastPollMs: 1_000,
  mostPollMs: 20_000,
  mostDelayMs: 24 * 3_600_000,
  mostBodyBytes: 4 * 1_024 * 1_024,
  ownedInvisibleMs: 60_000,
  releaseMs: 1_000,
};
