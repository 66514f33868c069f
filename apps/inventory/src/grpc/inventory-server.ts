import { Server } from '@grpc/grpc-js';
import { ServerGrpc } from '@nestjs/microservices';
import { inventoryV1 } from '@seckill/contracts';
import type { BindServer, Listening } from '@seckill/tls';

/** Nest's gRPC server. The caller's `bind` decides who may connect. */
export class InventoryServer extends ServerGrpc {
  readonly #port: number;
  readonly #bind: BindServer;
  #listening: Listening | undefined;

  constructor(port: number, bind: BindServer) {
    super({
      package: inventoryV1.protobufPackage,
      // The generated definition needs no .proto files at run time.
      packageDefinition: {
        [`${inventoryV1.protobufPackage}.InventoryService`]: inventoryV1.InventoryServiceService,
      },
      gracefulShutdown: true,
    });
    this.#port = port;
    this.#bind = bind;
  }

  override async createClient(): Promise<Server> {
    // The connection of a client that vanished is closed.
    const server = new Server({ 'grpc.keepalive_time_ms': 10_000, 'grpc.keepalive_timeout_ms': 5_000 });
    this.#listening = await this.#bind(server, '0.0.0.0', this.#port);
    return server;
  }

  override async close(): Promise<void> {
    this.#listening?.close();
    await super.close();
  }
}
