import { Server, ServerCredentials, status, type ServiceError, Metadata } from '@grpc/grpc-js';
import { sleep } from '@seckill/clock';
import { deliveryV1 } from '@seckill/contracts';
import type { Reply, ReplyLine, ReplyReceiver } from './reply-channel.js';
import type { Lease, Registry } from '@seckill/registry';
import { ReplyLines } from './reply-lines.js';

/** Where a receiver listens. */
export interface GrpcReplyReceiverOptions {
  /** Who this instance is: new for every start of the process. */
  instanceId: string;
  /** @default '0.0.0.0' */
  host?: string;
  /** 0 for any free port; see `port` after `listen()`. */
  port: number;
  /**
   * Binds the gRPC server, and with it decides who may call; `MutualTls.bindFor` of `@seckill/tls` fits.
   * @default plain text, for anybody
   */
  bind?: (server: Server, host: string, port: number) => Promise<{ readonly port: number; close(): void }>;
  /** Makes itself known while it listens. @default whoever made it does that */
  register?: {
    registry: Registry;
    /** The role that senders look for. @default 'gateway' */
    role?: string;
    /** The host under which senders reach this process. @default '127.0.0.1' */
    host?: string;
    /** How long `listen()` waits for the registry, in ms; it is told as soon as it is there. @default 3000 */
    withinMs?: number;
  };
}

/**
 * Replies as gRPC calls of DeliveryService. Refuses what is meant for another instance. Clients of one process may
 * share it: it listens from the first `connect()` on, and ends with the last client that closes.
 */
export class GrpcReplyReceiver implements ReplyReceiver {
  readonly instanceId: string;
  readonly #options: GrpcReplyReceiverOptions;
  readonly #lines = new ReplyLines();
  #port: number;
  #listening: Promise<void> | undefined;
  #closing: Promise<void> | undefined;
  #server: Server | undefined;
  #bound: { close(): void } | undefined;
  #lease: Lease | undefined;
  readonly #over = new AbortController();

  constructor(options: GrpcReplyReceiverOptions) {
    this.instanceId = options.instanceId;
    this.#options = options;
    this.#port = options.port;
  }

  /** The port in use. */
  get port(): number {
    return this.#port;
  }

  attach(receive: (reply: Reply) => boolean): ReplyLine {
    if (this.#closing) {
      throw new Error(
        `the receiver of ${this.instanceId} ended with the last of its clients: make a new one, with a new instance id`,
      );
    }
    const { firstCorrelationId, remove } = this.#lines.add(receive);
    const close = async () => {
      remove();
      if (this.#lines.size > 0) return;
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
    // Or it would still become known after it has gone.
    this.#over.abort();
    // A port that is being bound meanwhile would stay.
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
    const { signal } = this.#over;
    const address = `${host}:${this.#port}`;
    const taken = registry
      .register({ id, role, address, startedAt: clock.now() }, { signal })
      .then((lease) => (this.#lease = lease));
    const waited = new AbortController();
    // During an outage of the registry a process starts all the same: what it is asked meanwhile it can send already.
    await Promise.race([taken, sleep(clock, withinMs, waited.signal)]).finally(() => waited.abort());
    // Who waits no longer does not hear of it; the registry's own log does.
    taken.catch(() => undefined);
  }

  async #listen(): Promise<void> {
    const { host = '0.0.0.0', port, bind = bindPlainText } = this.#options;
    const handlers: deliveryV1.DeliveryServiceServer = {
      deliver: (call, callback) => {
        const { instanceId, results } = call.request;
        if (instanceId !== this.instanceId) return callback(notThisInstance(this.instanceId, instanceId));
        callback(null, { notHeld: this.#hand(results) });
      },
    };
    const server = new Server({
      'grpc.max_receive_message_length': 16 * 1024 * 1024,
      // A worker that vanished without a word does not hold its connection for ever.
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

  #hand(results: Reply[]): number[] {
    const notHeld: number[] = [];
    for (const reply of results) {
      if (!this.#lines.receive(reply)) notHeld.push(reply.correlationId);
    }
    return notHeld;
  }
}

const bindPlainText: NonNullable<GrpcReplyReceiverOptions['bind']> = (server, host, port) =>
  new Promise((resolve, reject) => {
    server.bindAsync(`${host}:${port}`, ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve({ port: bound, close() {} }),
    );
  });

function notThisInstance(self: string, asked: string): ServiceError {
  const details = `this is ${self}, not ${asked}`;
  return Object.assign(new Error(details), {
    code: status.FAILED_PRECONDITION,
    details,
    metadata: new Metadata(),
  });
}
