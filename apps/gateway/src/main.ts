import { Logger } from '@nestjs/common';
import { CorrectedClock } from '@seckill/clock';
import { INVENTORY_ROLE, InventoryClient } from '@seckill/inventory-client';
import { GrpcReplyReceiver, RocketMqClient, rocketMqConnection } from '@seckill/messaging';
import { askingSerializer } from '@seckill/purchase';
import { newInstanceId, openRegistry, type Lease } from '@seckill/registry';
import { Readiness, run } from '@seckill/runtime';
import { MutualTls } from '@seckill/tls';
import { namesIn } from '@seckill/topology';
import { collectDefaultMetrics, Registry as Metrics } from 'prom-client';
import { createGatewayApp } from './gateway-app.js';
import { AdmissionState } from './lifecycle/admission-state.js';
import { stoppableGateway } from './lifecycle/stop-gateway.js';
import { HeldRequests } from './purchase/held-requests.js';
import { RocketMqPurchaseQueue } from './purchase/rocketmq-purchase-queue.js';
import { readGatewaySettings } from './settings.js';
import { weaknessOf } from './token/token-key.js';

const log = new Logger('gateway');
const id = newInstanceId('gateway');

await run({ app: 'gateway', instanceId: id }, async () => {
  const startedAt = Date.now();
  const settings = readGatewaySettings(process.env);
  const weakness = weaknessOf(settings.tokenKey);
  if (weakness !== undefined) log.warn(weakness);
  const tls = settings.tls && new MutualTls(settings.tls, { log });
  const metrics = new Metrics();
  collectDefaultMetrics({ register: metrics });
  const registry = await openRegistry(settings.registryUrl, {
    applicationName: 'gateway',
    onError: (error) => log.warn('registry error, retrying', { reason: String(error) }),
  });
  // The ledger's clock decides. It comes with every sale that is read, so that even the first purchase is stamped by it. Not
  // the registry's clock, which may differ or be missing.
  const clock = new CorrectedClock();
  const inventory = new InventoryClient({
    registry,
    ledgerClock: clock,
    ...(tls && { credentials: tls.credentialsTo(INVENTORY_ROLE) }),
  });
  const replies = new GrpcReplyReceiver({
    instanceId: id,
    port: settings.grpcPort,
    ...(tls && { bind: tls.bindFor('seckill-service') }),
  });
  const purchases = new RocketMqClient({
    connection: rocketMqConnection(settings.rocketmq, log),
    topic: namesIn(settings.namespace).topics.purchase,
    serializer: askingSerializer,
    replies,
    maxWaiting: settings.maxWaiting,
    maxBatchSize: settings.envelopeRequests,
    maxInFlight: settings.envelopesInFlight,
    clock,
    metrics,
  });

  const admission = new AdmissionState();
  const held = new HeldRequests(settings.maxWaiting);
  let lease: Lease | undefined;
  const readiness = new Readiness();
  // Without its store, others keep using their copies of this gateway's address.
  const isNew = () => admission.state === 'unregistered';
  readiness.add('registry', () => (lease?.held ? undefined : 'this gateway is not registered'), isNew);
  readiness.add('rocketmq', () => (purchases.connection === 'connected' ? undefined : purchases.connection));
  // Without it purchases can still be queued, and no other gateway could do more.
  const never = () => false;
  readiness.add('inventory', () => (inventory.known ? undefined : 'no instance is registered'), never);

  const queue = new RocketMqPurchaseQueue(purchases);
  const times = { clock, ageClock: new CorrectedClock() };
  const parts = { settings, purchases: queue, inventory, instances: registry, ...times, admission, held };
  const app = await createGatewayApp({ ...parts, readiness, metrics });
  await purchases.connect();
  await app.listen(settings.httpPort, '0.0.0.0');

  const address = `${settings.advertisedHost}:${settings.advertisedPort || replies.port}`;
  const stopping = new AbortController();
  void registry.register({ id, role: 'gateway', address, startedAt }, { signal: stopping.signal }).then(
    (taken) => {
      lease = taken;
      admission.open();
      log.log('accepts purchases', { repliesAt: address });
    },
    (error: unknown) => stopping.signal.aborted || log.error('registration failed', { error }),
  );
  const stopRegistering = () => stopping.abort();
  const { maxWaitMs } = settings;
  return stoppableGateway(
    {
      readiness,
      admission,
      stopRegistering,
      held,
      lease: () => lease,
      app,
      purchases,
      inventory,
      registry,
      maxWaitMs,
    },
    log,
  );
});
