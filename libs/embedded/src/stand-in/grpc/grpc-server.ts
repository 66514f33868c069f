import { Server, ServerCredentials } from '@grpc/grpc-js';
import { CannotStartError } from '../../errors.js';
import { isFree } from '../../processes/ports.js';
import type { CallContext } from './call-context.js';
import { implementation } from './implementation.js';
import { messagingService } from './protocol.js';

/** A body of 4 MiB with its properties. */
const mostMessageBytes = 8 * 1_024 * 1_024;

/** How long calls may take to end before they are aborted. */
const graceMs = 2_000;

/** The gRPC server of a broker, on 127.0.0.1. */
export class GrpcServer {
  readonly #server: Server;
  #port = 0;

  constructor(context: Omit<CallContext, 'address'>) {
    this.#server = new Server({
      'grpc.max_receive_message_length': mostMessageBytes,
      'grpc.max_send_message_length': mostMessageBytes,
      // Two servers on one port would share its connections.
      'grpc.so_reuseport': 0,
    });
    const address = () => ({ host: '127.0.0.1', port: this.#port });
    this.#server.addService(messagingService, implementation({ ...context, address }));
  }

  /** The bound port. */
  get port(): number {
    return this.#port;
  }

  /**
   * @param port 0 takes a free port
   * @throws CannotStartError when the port is taken
   */
  async listen(port: number): Promise<void> {
    if (port !== 0 && !(await isFree(port))) throw taken(port, 'another program has it');
    await new Promise<void>((resolve, reject) => {
      this.#server.bindAsync(`127.0.0.1:${port}`, ServerCredentials.createInsecure(), (cause, bound) => {
        this.#port = bound;
        if (cause) reject(taken(port, cause.message));
        else resolve();
      });
    });
  }

  /** Resets all connections; clients may reconnect at once. */
  cutConnections(): void {
    this.#server.drain(`127.0.0.1:${this.#port}`, 0);
  }

  /** Stops the server. Calls in progress may end within two seconds. */
  async stop(): Promise<void> {
    await new Promise<void>((resolve) => {
      const cut = setTimeout(() => this.#server.forceShutdown(), graceMs);
      this.#server.tryShutdown(() => {
        clearTimeout(cut);
        resolve();
      });
    });
  }

  /** Stops the server at once, and aborts all calls. */
  kill(): void {
    this.#server.forceShutdown();
  }
}

function taken(port: number, reason: string): CannotStartError {
  return new CannotStartError(
    `Port ${port}, wanted for RocketMQ's stand-in, cannot be used: ${reason}.`,
    'End the program that has it, or choose another port.',
  );
}
