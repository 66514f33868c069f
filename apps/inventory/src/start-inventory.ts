import { Logger } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Transport, type GrpcOptions } from '@nestjs/microservices';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Registry as Metrics } from 'prom-client';
import { sleep, systemClock } from '@seckill/clock';
import { inventoryV1 } from '@seckill/contracts';
import { INVENTORY_ROLE } from '@seckill/inventory-client';
import { newInstanceId, openRegistry, type Registry } from '@seckill/registry';
import { Readiness, stopInOrder, type Running } from '@seckill/runtime';
import { DatabaseWatch } from './database/database-watch.js';
import { Database } from './database/database.js';
import { openLedger } from './database/open-ledger.js';
import { DecisionStore } from './decision/decision-store.js';
import { Decisions } from './decision/decisions.js';
import { InventoryModule } from './inventory.module.js';
import { InventoryMetrics } from './metrics.js';
import type { Settings } from './settings.js';

/**
 * Starts one instance: health answers at once, purchases are decided as soon as the database is there and the
 * registry knows this instance.
 */
export async function startInventory(settings: Settings, log = new Logger('Inventory')): Promise<Running> {
  const startedAt = Date.now();
  const readiness = new Readiness();
  const metrics = new Metrics();
  const counted = new InventoryMetrics(metrics);
  const database = new Database({
    url: settings.DATABASE_URL,
    flights: settings.DECISION_FLIGHTS,
    readConnections: settings.READ_CONNECTIONS,
  });
  const decisions = new Decisions(new DecisionStore(database.decisions), counted, {
    flights: settings.DECISION_FLIGHTS,
    maxBatch: settings.DECISION_BATCH,
    maxWaiting: settings.DECISION_WAITING,
  });
  const watch = new DatabaseWatch(database.reads, (up, error) => {
    counted.databaseUp(up);
    if (up) log.log('the ledger is there');
    else log.warn(`the ledger does not answer: ${String(error)}`);
  });
  let registered = false;
  let stopping = false;
  readiness.add('database', () => (watch.up ? undefined : 'does not answer'));
  readiness.add('registry', () => (registered ? undefined : 'not registered'));
  readiness.add('process', () => (stopping ? 'stopping' : undefined));

  const app = await NestFactory.create(
    InventoryModule.register(database, decisions, readiness, metrics),
    new FastifyAdapter(),
  );
  const grpc = app.connectMicroservice<GrpcOptions>(grpcOptions(settings.GRPC_PORT));
  await app.listen(settings.HTTP_PORT, '0.0.0.0');

  await openLedger(settings.DATABASE_URL, log, systemClock);
  await watch.start();
  await app.startAllMicroservices();
  const registry: Registry = await openRegistry(settings.REGISTRY_URL, {
    applicationName: 'inventory',
    onError: (error) => log.warn(String(error)),
  });
  const lease = await registry.register({
    id: newInstanceId(INVENTORY_ROLE),
    role: INVENTORY_ROLE,
    address: `${settings.ADVERTISED_HOST}:${settings.ADVERTISED_PORT || settings.GRPC_PORT}`,
    startedAt,
  });
  registered = true;
  log.log(`${lease.instance.id} decides at ${lease.instance.address}`);

  return {
    stop() {
      stopping = true;
      const steps = [
        { name: 'registry says draining', withinMs: 2_500, run: () => lease.drain() },
        // Until the others have heard, what they send is decided as before.
        {
          name: 'let it be known',
          withinMs: settings.DRAIN_MS + 500,
          run: () => sleep(systemClock, settings.DRAIN_MS),
        },
        { name: 'finish decisions', withinMs: 10_000, run: () => decisions.finish() },
        { name: 'leave the registry', withinMs: 4_000, run: () => lease.release() },
        { name: 'close the registry', withinMs: 4_000, run: () => registry.close() },
        { name: 'close gRPC', withinMs: 3_000, run: () => grpc.close() },
        { name: 'close HTTP', withinMs: 3_000, run: () => app.close() },
        { name: 'close the database', withinMs: 3_000, run: () => (watch.stop(), database.end()) },
      ];
      return stopInOrder(steps, log);
    },
  };
}

function grpcOptions(port: number): GrpcOptions {
  return {
    transport: Transport.GRPC,
    options: {
      url: `0.0.0.0:${port}`,
      package: inventoryV1.protobufPackage,
      // The generated definition does without .proto files at run time.
      packageDefinition: {
        [`${inventoryV1.protobufPackage}.InventoryService`]: inventoryV1.InventoryServiceService,
      },
      gracefulShutdown: true,
      // A client that vanished without a word does not hold its connection for ever.
      keepalive: { keepaliveTimeMs: 10_000, keepaliveTimeoutMs: 5_000 },
    },
  };
}
