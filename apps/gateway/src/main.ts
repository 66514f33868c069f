import { Logger } from '@nestjs/common';
import { askingSerializer, InventoryClient } from '@seckill/inventory-client';
import { GrpcReplyReceiver, RocketMqClient } from '@seckill/messaging';
import { newInstanceId, openRegistry, type Lease } from '@seckill/registry';
import { Readiness, run } from '@seckill/runtime';
import { collectDefaultMetrics, Registry as Metrics } from 'prom-client';
import { createGatewayApp } from './gateway-app.js';
import { Doors } from './lifecycle/doors.js';
import { stopGateway } from './lifecycle/stop-gateway.js';
import { HeldRequests } from './purchase/held-requests.js';
import { RocketMqPurchaseQueue } from './purchase/rocketmq-purchase-queue.js';
import { readGatewaySettings } from './settings.js';
import { weaknessOf } from './token/token-key.js';

const TOPIC = 'seckill-purchase';
const log = new Logger('gateway');

await run('gateway', async () => {
  const startedAt = Date.now();
  const settings = readGatewaySettings(process.env);
  const weakness = weaknessOf(settings.tokenKey);
  if (weakness !== undefined) log.warn(weakness);
  const metrics = new Metrics();
  collectDefaultMetrics({ register: metrics });
  const id = newInstanceId('gateway');
  const registry = await openRegistry(settings.registryUrl, {
    applicationName: 'gateway',
    onError: (error) => log.warn(`registry: ${String(error)}`),
  });
  const { clock } = registry;
  const inventory = new InventoryClient({ registry });
  const replies = new GrpcReplyReceiver({ instanceId: id, port: settings.grpcPort });
  const purchases = new RocketMqClient({
    connection: { endpoints: settings.rocketmqEndpoints, log },
    topic: TOPIC,
    serializer: askingSerializer,
    replies,
    maxWaiting: settings.maxWaiting,
    clock,
    metrics,
  });

  const doors = new Doors();
  const held = new HeldRequests(settings.maxWaiting);
  let lease: Lease | undefined;
  const readiness = new Readiness();
  readiness.add('doors', () => (doors.leaving ? 'it is shutting down' : undefined));
  readiness.add('registry', () => (lease?.held ? undefined : 'it is not registered'));
  readiness.add('rocketmq', () => (purchases.connection === 'connected' ? undefined : purchases.connection));

  const queue = new RocketMqPurchaseQueue(purchases);
  const parts = { settings, purchases: queue, inventory, instances: registry, clock, doors, held };
  const app = await createGatewayApp({ ...parts, readiness, metrics });
  await purchases.connect();
  await app.listen(settings.httpPort, '0.0.0.0');

  const address = `${settings.advertisedHost}:${settings.advertisedPort || replies.port}`;
  const stopping = new AbortController();
  void registry.register({ id, role: 'gateway', address, startedAt }, { signal: stopping.signal }).then(
    (taken) => {
      lease = taken;
      doors.open();
      log.log(`${id} takes purchases; results come in at ${address}`);
    },
    (error: unknown) => stopping.signal.aborted || log.error(`not registered: ${String(error)}`),
  );
  return {
    stop: () => {
      stopping.abort();
      const { maxWaitMs } = settings;
      return stopGateway(
        { doors, held, lease: () => lease, app, purchases, inventory, registry, maxWaitMs },
        log,
      );
    },
  };
});
