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

/** Options of a reply sender. */
export interface GrpcReplySenderOptions {
  /** Where instances are looked up. Addresses come only from here, never from a message. */
  registry: Registry;
  /** Role of the instances that wait. @default 'gateway' */
  role?: string;
  /** Most replies in one call. @default 1024 */
  maxBatchSize?: number;
  /** Replies that may wait for one instance; further ones are dropped. @default 50000 */
  maxWaiting?: number;
  /** Timeout of a call with its retries, of the wait before it, and of a lookup, in ms. @default 2000 */
  withinMs?: number;
  /** Most instances with an open channel. @default 1024 */
  maxInstances?: number;
  /** @default insecure */
  credentials?: ChannelCredentials;
  /** @default systemClock */
  clock?: Clock;
  /** @default a registry of their own */
  metrics?: MetricsRegistry;
  /** Gets a line when an instance stops or starts to answer. @default Nest's logger */
  log?: Log;
}

/** The connection to one waiting instance. */
interface Line {
  client: deliveryV1.DeliveryServiceClient;
  batcher: Batcher<Reply, Delivery>;
  /** Until when the instance is not called after it did not answer, by the sender's clock; 0 while it answers. */
  silentUntil: number;
}

/** How long an instance that did not answer is not called, in ms. Then one call tries it again. */
const SILENCE_MS = 1_000;

/** Most bytes of one call, except for a single larger reply. A receiver accepts four times as much. */
const MAX_CALL_BYTES = 4 * 1_024 * 1_024;

/** Upper bound of what a reply takes beside its payload. */
const REPLY_OVERHEAD_BYTES = 256;

/** Statuses after which a retry would fail again. */
const FINAL = new Set([
  status.FAILED_PRECONDITION,
  status.UNIMPLEMENTED,
  status.PERMISSION_DENIED,
  status.UNAUTHENTICATED,
  // The call is larger than the receiver accepts.
  status.RESOURCE_EXHAUSTED,
]);

/**
 * Sends replies in batches, one in flight per waiting instance, so that a stalled instance does not delay the others. A
 * reply that cannot be delivered in time is counted and dropped: the application stores its outcome elsewhere.
 */
export class GrpcReplySender implements ReplySender {
  readonly #options: Required<Omit<GrpcReplySenderOptions, 'metrics'>>;
  readonly #lines: InstanceCache<Line>;
  readonly #metrics: ReplyMetrics;
  readonly #closed = new AbortController();
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
    this.#closed.abort();
    this.#lines.close();
  }

  async #deliver(instanceId: string, reply: Reply): Promise<Delivery> {
    try {
      const instance = await this.#lookUp(instanceId);
      if (!instance) return this.#drop('unknown-instance');
      const line = this.#lines.get(instance);
      // Replies that wait for a dead instance take up places of the server's concurrency.
      if (this.#isSilent(line)) return this.#drop('silent');
      return await line.batcher.add(reply);
    } catch (error) {
      return this.#drop(reasonOf(error));
    }
  }

  /** The answers of one batch come at the same moment, for a few instances: they share one lookup. */
  #lookUp(instanceId: string): Promise<Instance | undefined> {
    const pending = this.#lookUps.get(instanceId);
    if (pending) return pending;
    const lookUp = this.#lookUpInTime(instanceId).finally(() => this.#lookUps.delete(instanceId));
    this.#lookUps.set(instanceId, lookUp);
    return lookUp;
  }

  /** The registry has a timeout of its own, which is longer. */
  async #lookUpInTime(instanceId: string): Promise<Instance | undefined> {
    const { registry, withinMs, clock } = this.#options;
    const found = new AbortController();
    const late = sleep(clock, withinMs, found.signal).then(() => {
      throw new Error(`registry lookup of ${instanceId} timed out after ${withinMs} ms`);
    });
    late.catch(() => undefined);
    return Promise.race([registry.lookup(instanceId), late]).finally(() => found.abort());
  }

  /** Also while one call tries a silent instance again: replies that would wait for its end are dropped. */
  #isSilent({ silentUntil, batcher }: Line): boolean {
    if (silentUntil === 0) return false;
    const silentFor = silentUntil - this.#options.clock.now();
    return (silentFor > 0 && silentFor <= SILENCE_MS) || batcher.inFlight > 0;
  }

  #drop(reason: string): Delivery {
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
      // One connection per instance: two instances with the same address by mistake must not share one.
      'grpc.use_local_subchannel_pool': 1,
    });
    const batcher = new Batcher<Reply, Delivery>({
      send: async (replies) => {
        try {
          const deliveries = await traceDeliver(instance, replies, () =>
            this.#call(client, instance.id, replies),
          );
          if (line.silentUntil > 0) log.log('waiting instance answers again', { gatewayId: instance.id });
          line.silentUntil = 0;
          return deliveries;
        } catch (error) {
          if ((error as Partial<ServiceError>).code === status.RESOURCE_EXHAUSTED) {
            // The instance answers; it refused only this call.
            log.warn('reply is too large for the waiting instance, dropped', {
              gatewayId: instance.id,
              requestId: replies[0]?.requestId,
              reason: String(error),
            });
            throw error;
          }
          if (line.silentUntil === 0)
            log.warn('waiting instance does not answer, dropping its replies', {
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

  /** Retries until the timeout, for an instance that has only just begun to listen. */
  async #call(
    client: deliveryV1.DeliveryServiceClient,
    instanceId: string,
    results: Reply[],
  ): Promise<Delivery[]> {
    const { clock, withinMs } = this.#options;
    const deadline = clock.now() + withinMs;
    // More time left than at the beginning means that the clock was set back.
    const left = () => (deadline - clock.now() > withinMs ? 0 : deadline - clock.now());
    for (;;) {
      try {
        const { notHeld } = await deliver(client, { instanceId, results }, left());
        const missed = new Set(notHeld);
        return results.map(({ correlationId }) => (missed.has(correlationId) ? 'not-held' : 'settled'));
      } catch (error) {
        const pause = 100;
        const final = FINAL.has((error as ServiceError).code);
        if (final || left() <= pause || this.#closed.signal.aborted) throw error;
        await sleep(clock, pause, this.#closed.signal);
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
  const error =
    outcome?.$case === 'error' ? outcome.value.details.length + outcome.value.message.length * 3 : 0;
  const payload = outcome?.$case === 'payload' ? outcome.value.length : 0;
  return payload + error + requestId.length * 3 + REPLY_OVERHEAD_BYTES;
}

function reasonOf(error: unknown): string {
  const code = (error as Partial<ServiceError>).code;
  return code === undefined ? 'gave-up' : (status[code] ?? String(code)).toLowerCase().replaceAll('_', '-');
}
