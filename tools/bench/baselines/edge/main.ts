import { newInstanceId } from '@seckill/registry';
import { systemClock } from '@seckill/clock';
import { Readiness, run } from '@seckill/runtime';
import { collectDefaultMetrics, Registry } from 'prom-client';
import { createGatewayApp } from '../../../../apps/gateway/src/gateway-app.js';
import { AdmissionState } from '../../../../apps/gateway/src/lifecycle/admission-state.js';
import { HeldRequests } from '../../../../apps/gateway/src/purchase/held-requests.js';
import { readGatewaySettings } from '../../../../apps/gateway/src/settings.js';
import { bullMqQueue } from './bullmq-queue.js';
import { FunctionQueue, type BaselineQueue } from './function-queue.js';
import { kafkaQueue } from './kafka-queue.js';
import { StaticInventory } from './static-inventory.js';

// The product's gateway, with its tokens and checks, before another queue: what is compared is what is behind it.

const echo: BaselineQueue = { decide: async () => 'reserved', close: async () => {} };

const queues: Readonly<Record<string, () => Promise<BaselineQueue>>> = {
  echo: async () => echo,
  kafka: kafkaQueue,
  bullmq: bullMqQueue,
};

await run({ app: 'edge', instanceId: newInstanceId('edge') }, async () => {
  const settings = readGatewaySettings({
    ROCKETMQ_ENDPOINTS: 'none:1',
    REGISTRY_URL: 'postgres://none/none',
    ...process.env,
  });
  const queue = await queues[process.env['QUEUE'] ?? 'echo']!();
  const metrics = new Registry();
  collectDefaultMetrics({ register: metrics });
  const admission = new AdmissionState();
  admission.open();
  const app = await createGatewayApp({
    settings,
    purchases: new FunctionQueue((purchase) => queue.decide(purchase)),
    inventory: new StaticInventory(),
    instances: { list: () => [] },
    clock: systemClock,
    ageClock: systemClock,
    admission,
    held: new HeldRequests(settings.maxWaiting),
    readiness: new Readiness(),
    metrics,
  });
  await app.listen(settings.httpPort, '0.0.0.0');
  return {
    stopWithinMs: 10_000,
    stop: async () => {
      await queue.close();
      await app.close();
    },
  };
});
