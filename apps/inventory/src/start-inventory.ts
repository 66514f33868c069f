import { Logger } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Registry as Metrics } from 'prom-client';
import { sleep, systemClock } from '@seckill/clock';
import { INVENTORY_ROLE } from '@seckill/inventory-client';
import { openRegistry, type Lease, type Registry } from '@seckill/registry';
import { Readiness, stoppable, type Running } from '@seckill/runtime';
import { bindPlainText, MutualTls } from '@seckill/tls';
import { DatabaseWatch } from './database/database-watch.js';
import { Database } from './database/database.js';
import { openLedger } from './database/open-ledger.js';
import { DecisionStore } from './decision/decision-store.js';
import { Decisions } from './decision/decisions.js';
import { InventoryServer } from './grpc/inventory-server.js';
import { InventoryModule } from './inventory.module.js';
import { InventoryMetrics } from './metrics.js';
import type { Settings } from './settings.js';

/**
 * Starts one instance. Health answers at once; purchases are decided once the database responds and this instance is
 * registered.
 */
export async function startInventory(
  id: string,
  settings: Settings,
  log = new Logger('Inventory'),
): Promise<Running> {
  const startedAt = Date.now();
  const tls = settings.tls && new MutualTls(settings.tls, { log });
  const bind = tls?.bindFor('gateway', 'seckill-service') ?? bindPlainText;
  const readiness = new Readiness();
  const metrics = new Metrics();
  const counted = new InventoryMetrics(metrics);
  const database = new Database({
    url: settings.DATABASE_URL,
    decisionConnections: settings.DECISION_FLIGHTS,
    readConnections: settings.READ_CONNECTIONS,
  });
  const decisions = new Decisions(new DecisionStore(database.decisions), counted, {
    maxInFlight: settings.DECISION_FLIGHTS,
    maxBatchSize: settings.DECISION_BATCH,
    maxWaiting: settings.DECISION_WAITING,
  });
  const watch = new DatabaseWatch(database.reads, (up, error) => {
    if (up) log.log('ledger available');
    else log.warn('ledger unavailable', { reason: String(error) });
  });
  let lease: Lease | undefined;
  readiness.add('database', () => (watch.up ? undefined : 'does not respond'));
  // Without its store, others keep using their copies of this instance's address.
  const isNew = () => lease === undefined;
  readiness.add('registry', () => (lease?.held ? undefined : 'this instance is not registered'), isNew);

  const app = await NestFactory.create(
    InventoryModule.register(database, decisions, readiness, metrics),
    new FastifyAdapter(),
  );
  const grpc = app.connectMicroservice({ strategy: new InventoryServer(settings.GRPC_PORT, bind) });
  await app.listen(settings.HTTP_PORT, '0.0.0.0');

  await openLedger(settings.DATABASE_URL, log, systemClock);
  await watch.start();
  await app.startAllMicroservices();
  const registry: Registry = await openRegistry(settings.REGISTRY_URL, {
    applicationName: 'inventory',
    onError: (error) => log.warn('registry error, retrying', { reason: String(error) }),
  });
  const taken = await registry.register({
    id,
    role: INVENTORY_ROLE,
    address: `${settings.ADVERTISED_HOST}:${settings.ADVERTISED_PORT || settings.GRPC_PORT}`,
    startedAt,
  });
  lease = taken;
  log.log('accepts calls', { address: taken.instance.address });

  return stoppable(
    [
      { name: 'report not ready', withinMs: 500, run: () => readiness.leave() },
      { name: 'mark as draining in the registry', withinMs: 2_500, run: () => taken.drain() },
      // Until the other processes know, their calls are decided as before.
      {
        name: 'wait until others know',
        withinMs: settings.DRAIN_MS + 500,
        run: () => sleep(systemClock, settings.DRAIN_MS),
      },
      { name: 'finish decisions', withinMs: 10_000, run: () => decisions.finish() },
      { name: 'leave the registry', withinMs: 4_000, run: () => taken.release() },
      { name: 'close the registry', withinMs: 4_000, run: () => registry.close() },
      { name: 'close gRPC', withinMs: 3_000, run: () => grpc.close() },
      { name: 'close HTTP', withinMs: 3_000, run: () => app.close() },
      { name: 'close the database', withinMs: 3_000, run: () => (watch.stop(), database.end()) },
    ],
    log,
  );
}
