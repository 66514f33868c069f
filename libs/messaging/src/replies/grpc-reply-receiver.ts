import { Metadata, Server, status, type ServiceError } from '@grpc/grpc-js';
import { sleep } from '@seckill/clock';
import { deliveryV1 } from '@seckill/contracts';
import type { Lease, Registry } from '@seckill/registry';
import { bindPlainText, type BindServer } from '@seckill/tls';
import type { Reply, ReplyReceiver, ReplySubscription } from './reply-channel.js';
import { ReplySubscriptions } from './reply-subscriptions.js';

/** Options of a receiver: where it listens, and how it is found. */
export interface GrpcReplyReceiverOptions {
  /** Id of this instance: new for every start of the process. */
  instanceId: string;
  /** @default '0.0.0.0' */
  host?: string;
  /** 0 for any free port; see `port` after `listen()`. */
  port: number;
  /**
   * Binds the gRPC server, and decides who may call it, such as `MutualTls.bindFor` of `@seckill/tls`.
   * @default plain text, any caller
   */
  bind?: BindServer;
  /** Registers itself while it listens. @default the application registers it */
  register?: {
    registry: Registry;
    /** The role that senders look for. @default 'gateway' */
    role?: string;
    /** The host under which senders reach this process. @default '127.0.0.1' */
    host?: string;
    /** How long `listen()` waits for the registry, in ms; after that it retries in the background. @default 3000 */
    withinMs?: number;
  };
}

/**
 * Receives replies as gRPC calls of DeliveryService, and refuses calls for another instance. Clients of one process may
 * share it: it listens from the first `connect()` on, and closes with the last client.
 */
export class GrpcReplyReceiver implements ReplyReceiver {
  readonly instanceId: string;
  readonly #options: GrpcReplyReceiverOptions;
  readonly #subscriptions = new ReplySubscriptions();
  #port: number;
  #listening: Promise<void> | undefined;
  #closing: Promise<void> | undefined;
  #server: Server | undefined;
  #bound: { close(): void } | undefined;
  #lease: Lease | undefined;
  readonly #closed = new AbortController();

  constructor(options: GrpcReplyReceiverOptions) {
    this.instanceId = options.instanceId;
    this.#options = options;
    this.#port = options.port;
  }

  /** The bound port. */
  get port(): number {
    return this.#port;
  }

  attach(receive: (reply: Reply) => boolean): ReplySubscription {
    if (this.#closing) {
      throw new Error(
        `the receiver of ${this.instanceId} closed with its last client: make a new one, with a new instance id`,
      );
    }
    const { firstCorrelationId, remove } = this.#subscriptions.add(receive);
    const close = async () => {
      remove();
      if (this.#subscriptions.size > 0) return;
      this.#closing ??= this.#close();
      await this.#closing;
    };
    return { firstCorrelationId, listen: () => this.#started(), close };
  }

  #started(): Promise<void> {
    this.#listening ??= this.#listen()
      .then(() => this.#register())
      .catch((error: unknown) => {
        // The port may be free the next time.
        this.#listening = undefined;
        throw error;
      });
    return this.#listening;
  }

  async #close(): Promise<void> {
    // Cancels a registration in progress, which would otherwise outlive this receiver.
    this.#closed.abort();
    // Waits for a bind in progress, whose port would otherwise stay open.
    await this.#listening?.catch(() => undefined);
    const server = this.#server;
    if (!server) return;
    await this.#lease?.release();
    this.#bound?.close();
    await new Promise<void>((resolve) => {
      const force = setTimeout(() => server.forceShutdown(), 1_000);
      server.tryShutdown(() => {
        clearTimeout(force);
        resolve();
      });
    });
  }

  async #register(): Promise<void> {
    const { register, instanceId: id } = this.#options;
    if (!register) return;
    const { registry, role = 'gateway', host = '127.0.0.1', withinMs = 3_000 } = register;
    const { clock } = registry;
    const { signal } = this.#closed;
    const address = `${host}:${this.#port}`;
    const registered = registry
      .register({ id, role, address, startedAt: clock.now() }, { signal })
      .then((lease) => (this.#lease = lease));
    const waited = new AbortController();
    // A process can start during an outage of the registry: it can already send requests.
    await Promise.race([registered, sleep(clock, withinMs, waited.signal)]).finally(() => waited.abort());
    // A later failure is reported by the registry itself.
    registered.catch(() => undefined);
  }

  async #listen(): Promise<void> {
    const { host = '0.0.0.0', port, bind = bindPlainText } = this.#options;
    const handlers: deliveryV1.DeliveryServiceServer = {
      deliver: (call, callback) => {
        const { instanceId, results } = call.request;
        if (instanceId !== this.instanceId) return callback(notThisInstance(this.instanceId, instanceId));
        callback(null, { notHeld: this.#receive(results) });
      },
    };
    const server = new Server({
      'grpc.max_receive_message_length': 16 * 1024 * 1024,
      // Closes connections of workers that disappeared silently.
      'grpc.keepalive_time_ms': 10_000,
      'grpc.keepalive_timeout_ms': 5_000,
    });
    server.addService(deliveryV1.DeliveryServiceService, handlers);
    try {
      const bound = await bind(server, host, port);
      this.#server = server;
      this.#bound = bound;
      this.#port = bound.port;
    } catch (cause) {
      throw new Error(`cannot listen for replies on ${host}:${port}: ${(cause as Error).message}`, { cause });
    }
  }

  /** @returns the correlation ids of replies without a waiter */
  #receive(results: Reply[]): number[] {
    const notHeld: number[] = [];
    for (const reply of results) {
      if (!this.#subscriptions.receive(reply)) notHeld.push(reply.correlationId);
    }
    return notHeld;
  }
}

function notThisInstance(self: string, asked: string): ServiceError {
  const details = `this is ${self}, not ${asked}`;
  return Object.assign(new Error(details), {
    code: status.FAILED_PRECONDITION,
    details,
    metadata: new Metadata(),
  });
}
