import { Server, ServerCredentials, status, type ServiceError, Metadata } from '@grpc/grpc-js';
import { sleep } from '@seckill/clock';
import { deliveryV1 } from '@seckill/contracts';
import type { Reply, ReplyReceiver } from './reply-channel.js';
import type { Lease, Registry } from '@seckill/registry';

/** Where a receiver listens. */
export interface GrpcReplyReceiverOptions {
  /** Who this instance is: new for every start of the process. */
  instanceId: string;
  /** @default '0.0.0.0' */
  host?: string;
  /** 0 for any free port; see `port` after `listen()`. */
  port: number;
  /** @default insecure */
  credentials?: ServerCredentials;
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

/** Replies as gRPC calls of DeliveryService. Refuses what is meant for another instance. */
export class GrpcReplyReceiver implements ReplyReceiver {
  readonly instanceId: string;
  readonly #options: GrpcReplyReceiverOptions;
  readonly #server = new Server({ 'grpc.max_receive_message_length': 16 * 1024 * 1024 });
  #receive: (reply: Reply) => boolean = () => false;
  #port: number;
  #listening: Promise<void> | undefined;
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

  onReply(receive: (reply: Reply) => boolean): void {
    this.#receive = receive;
  }

  listen(): Promise<void> {
    this.#listening ??= this.#listen().then(() => this.#register());
    return this.#listening;
  }

  async close(): Promise<void> {
    // Or it would still become known after it has gone.
    this.#over.abort();
    if (!this.#listening) return;
    await this.#lease?.release();
    await new Promise<void>((resolve) => {
      const force = setTimeout(() => this.#server.forceShutdown(), 1_000);
      this.#server.tryShutdown(() => {
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

  #listen(): Promise<void> {
    const { host = '0.0.0.0', port, credentials = ServerCredentials.createInsecure() } = this.#options;
    const handlers: deliveryV1.DeliveryServiceServer = {
      deliver: (call, callback) => {
        const { instanceId, results } = call.request;
        if (instanceId !== this.instanceId) return callback(notThisInstance(this.instanceId, instanceId));
        callback(null, { notHeld: this.#hand(results) });
      },
    };
    this.#server.addService(deliveryV1.DeliveryServiceService, handlers);
    return new Promise((resolve, reject) => {
      this.#server.bindAsync(`${host}:${port}`, credentials, (error, bound) => {
        if (error)
          return reject(
            new Error(`cannot listen for replies on ${host}:${port}: ${error.message}`, { cause: error }),
          );
        this.#port = bound;
        resolve();
      });
    });
  }

  #hand(results: Reply[]): number[] {
    const notHeld: number[] = [];
    for (const reply of results) {
      if (!this.#receive(reply)) notHeld.push(reply.correlationId);
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
