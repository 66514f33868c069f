import { Logger } from '@nestjs/common';
import { credentials, Metadata, status, type ChannelCredentials, type ServiceError } from '@grpc/grpc-js';
import { Batcher } from '@seckill/batching';
import { sleep, systemClock, type Clock } from '@seckill/clock';
import { deliveryV1 } from '@seckill/contracts';
import type { Log } from '@seckill/log';
import { InstanceCache, type Instance, type Registry } from '@seckill/registry';
import type { Registry as MetricsRegistry } from 'prom-client';
import { ReplyMetrics } from '../metrics.js';
import { traceDeliver } from '../tracing.js';
import type { Delivery, Reply, ReplySender } from './reply-channel.js';
import { withDefaults } from '../with-defaults.js';

/** How replies travel. */
export interface GrpcReplySenderOptions {
  /** Where instances are looked up. The address is taken from here, never from a message. */
  registry: Registry;
  /** Role of the instances that wait. @default 'gateway' */
  role?: string;
  /** Most replies in one call. @default 1024 */
  maxBatchSize?: number;
  /** Replies that may wait for one instance; one more is given up. @default 50000 */
  maxWaiting?: number;
  /** Bound of one call with its tries, of the wait before it, and of a lookup, in ms. @default 2000 */
  withinMs?: number;
  /** Instances whose channels are kept. @default 1024 */
  maxInstances?: number;
  /** @default insecure */
  credentials?: ChannelCredentials;
  /** @default systemClock */
  clock?: Clock;
  /** @default a registry of their own */
  metrics?: MetricsRegistry;
  /** Where it is told that an instance does not answer. @default Nest's logger */
  log?: Log;
}

interface Line {
  client: deliveryV1.DeliveryServiceClient;
  batcher: Batcher<Reply, Delivery>;
  /** Until when its instance is not asked again after it did not answer, by the sender's clock. */
  silentUntil: number;
}

/** For how long an instance that did not answer is taken for dead, in ms. Then one call tries it again. */
const SILENCE_MS = 1_000;

/** Most bytes of one call, but for a reply that is larger by itself. A receiver takes four times as many. */
const MAX_CALL_BYTES = 4 * 1_024 * 1_024;

/** What a reply takes beside its payload, from above. */
const REPLY_OVERHEAD_BYTES = 256;

/** Why a call will not get better by trying again. */
const FINAL = new Set([
  status.FAILED_PRECONDITION,
  status.UNIMPLEMENTED,
  status.PERMISSION_DENIED,
  status.UNAUTHENTICATED,
  // Larger than it takes.
  status.RESOURCE_EXHAUSTED,
]);

/**
 * Replies in batches, one flight per waiting instance, so that a stalled instance keeps nobody else waiting. What
 * cannot be delivered within the bound is counted and given up: the outcome is stored elsewhere and can be asked for.
 */
export class GrpcReplySender implements ReplySender {
  readonly #options: Required<Omit<GrpcReplySenderOptions, 'metrics'>>;
  readonly #lines: InstanceCache<Line>;
  readonly #metrics: ReplyMetrics;
  readonly #over = new AbortController();
  readonly #lookUps = new Map<string, Promise<Instance | undefined>>();

  constructor(options: GrpcReplySenderOptions) {
    this.#options = withDefaults(
      {
        role: 'gateway',
        maxBatchSize: 1_024,
        maxWaiting: 50_000,
        withinMs: 2_000,
        maxInstances: 1_024,
        credentials: credentials.createInsecure(),
        clock: systemClock,
        log: new Logger(GrpcReplySender.name),
      },
      options,
    );
    this.#metrics = new ReplyMetrics(options.metrics);
    this.#lines = new InstanceCache(options.registry, this.#options.role, {
      create: (instance) => this.#open(instance),
      close: (line) => this.#close(line),
      max: this.#options.maxInstances,
    });
  }

  async send(instanceId: string, reply: Reply): Promise<Delivery> {
    const delivery = await this.#deliver(instanceId, reply);
    this.#metrics.delivered(delivery);
    return delivery;
  }

  async close(): Promise<void> {
    this.#over.abort();
    this.#lines.close();
  }

  async #deliver(instanceId: string, reply: Reply): Promise<Delivery> {
    try {
      const instance = await this.#lookUp(instanceId);
      if (!instance) return this.#giveUp('unknown-instance');
      const line = this.#lines.get(instance);
      // What waits for the dead holds up what is meant for the living: the slots of the server are finite.
      if (this.#isSilent(line)) return this.#giveUp('silent');
      return await line.batcher.add(reply);
    } catch (error) {
      return this.#giveUp(reasonOf(error));
    }
  }

  /** Answers of one batch come at the same moment, most of them for the same few instances: one lookup serves all. */
  #lookUp(instanceId: string): Promise<Instance | undefined> {
    const underWay = this.#lookUps.get(instanceId);
    if (underWay) return underWay;
    const lookUp = this.#lookUpInTime(instanceId).finally(() => this.#lookUps.delete(instanceId));
    this.#lookUps.set(instanceId, lookUp);
    return lookUp;
  }

  /** A store that does not answer has a bound of its own, and a longer one. */
  async #lookUpInTime(instanceId: string): Promise<Instance | undefined> {
    const { registry, withinMs, clock } = this.#options;
    const found = new AbortController();
    const late = sleep(clock, withinMs, found.signal).then(() => {
      throw new Error(`the registry did not say within ${withinMs} ms where ${instanceId} is`);
    });
    late.catch(() => undefined);
    return Promise.race([registry.lookup(instanceId), late]).finally(() => found.abort());
  }

  /** After a silence one call tries again; what would wait for that to end is given up as well. */
  #isSilent({ silentUntil, batcher }: Line): boolean {
    if (silentUntil === 0) return false;
    const silentFor = silentUntil - this.#options.clock.now();
    return (silentFor > 0 && silentFor <= SILENCE_MS) || batcher.inFlight > 0;
  }

  #giveUp(reason: string): Delivery {
    this.#metrics.unreachable.inc({ reason });
    return 'unreachable';
  }

  #open(instance: Instance): Line {
    const { maxBatchSize, maxWaiting, withinMs, clock, log } = this.#options;
    const client = new deliveryV1.DeliveryServiceClient(instance.address, this.#options.credentials, {
      'grpc.keepalive_time_ms': 10_000,
      'grpc.keepalive_timeout_ms': 2_000,
      'grpc.initial_reconnect_backoff_ms': 100,
      'grpc.max_reconnect_backoff_ms': 1_000,
      // One connection per instance: two that share an address by mistake must not share a fate.
      'grpc.use_local_subchannel_pool': 1,
    });
    const batcher = new Batcher<Reply, Delivery>({
      send: async (replies) => {
        try {
          const deliveries = await traceDeliver(instance, replies, () =>
            this.#call(client, instance.id, replies),
          );
          if (line.silentUntil > 0) log.log('a waiting instance answers again', { gatewayId: instance.id });
          line.silentUntil = 0;
          return deliveries;
        } catch (error) {
          if ((error as Partial<ServiceError>).code === status.RESOURCE_EXHAUSTED) {
            // The instance is there, and took offence at this call only.
            log.warn('an answer is too large for a waiting instance', {
              gatewayId: instance.id,
              requestId: replies[0]?.requestId,
              reason: String(error),
            });
            throw error;
          }
          if (line.silentUntil === 0)
            log.warn('a waiting instance does not answer; outcomes stay readable', {
              gatewayId: instance.id,
              address: instance.address,
              requests: replies.length,
              requestId: replies[0]?.requestId,
              reason: String(error),
            });
          line.silentUntil = clock.now() + SILENCE_MS;
          line.batcher.refuseWaiting();
          throw error;
        }
      },
      maxBatchSize,
      maxBatchBytes: MAX_CALL_BYTES,
      sizeOf: sizeOfReply,
      maxWaiting,
      maxWaitMs: withinMs,
      onBatch: (replies) => this.#metrics.batch.observe(replies),
      clock,
    });
    const line: Line = { client, batcher, silentUntil: 0 };
    return line;
  }

  #close({ client, batcher }: Line): void {
    batcher.close();
    client.close();
  }

  /** Tries until the bound is over; an instance that has just begun to listen gets a second chance. */
  async #call(
    client: deliveryV1.DeliveryServiceClient,
    instanceId: string,
    results: Reply[],
  ): Promise<Delivery[]> {
    const { clock, withinMs } = this.#options;
    const deadline = clock.now() + withinMs;
    // More than at the beginning: the clock was set back, and this may take no longer for that.
    const left = () => (deadline - clock.now() > withinMs ? 0 : deadline - clock.now());
    for (;;) {
      try {
        const { notHeld } = await deliver(client, { instanceId, results }, left());
        const missed = new Set(notHeld);
        return results.map(({ correlationId }) => (missed.has(correlationId) ? 'not-held' : 'settled'));
      } catch (error) {
        const pause = 100;
        const final = FINAL.has((error as ServiceError).code);
        if (final || left() <= pause || this.#over.signal.aborted) throw error;
        await sleep(clock, pause, this.#over.signal);
      }
    }
  }
}

function deliver(
  client: deliveryV1.DeliveryServiceClient,
  request: deliveryV1.DeliverRequest,
  withinMs: number,
): Promise<deliveryV1.DeliverResponse> {
  return new Promise((resolve, reject) => {
    const deadline = Date.now() + withinMs;
    client.deliver(request, new Metadata(), { deadline }, (error, response) =>
      error ? reject(error) : resolve(response),
    );
  });
}

function sizeOfReply({ outcome, requestId }: Reply): number {
  const told =
    outcome?.$case === 'error' ? outcome.value.details.length + outcome.value.message.length * 3 : 0;
  const payload = outcome?.$case === 'payload' ? outcome.value.length : 0;
  return payload + told + requestId.length * 3 + REPLY_OVERHEAD_BYTES;
}

function reasonOf(error: unknown): string {
  const code = (error as Partial<ServiceError>).code;
  return code === undefined ? 'gave-up' : (status[code] ?? String(code)).toLowerCase().replaceAll('_', '-');
}
