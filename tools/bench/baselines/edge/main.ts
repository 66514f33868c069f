import { newInstanceId } from '@seckill/registry';
import { systemClock } from '@seckill/clock';
import { OperationsModule, Readiness, run } from '@seckill/runtime';
import { collectDefaultMetrics, Registry } from 'prom-client';
import { EdgeModule } from '../../../../apps/gateway/src/edge.module.js';
import { createGatewayApp } from '../../../../apps/gateway/src/gateway-app.js';
import { AdmissionState } from '../../../../apps/gateway/src/lifecycle/admission-state.js';
import { settingsFrom } from '../../../../apps/gateway/src/settings.js';
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
  const settings = settingsFrom({
    ROCKETMQ_ENDPOINTS: 'none:1',
    REGISTRY_URL: 'postgres://none/none',
    ...process.env,
  });
  const queue = await queues[process.env['QUEUE'] ?? 'echo']!();
  const metrics = new Registry();
  collectDefaultMetrics({ register: metrics });
  const edge = EdgeModule.register({
    settings,
    purchases: new FunctionQueue((purchase) => queue.decide(purchase)),
    inventory: new StaticInventory(),
    instances: { list: () => [] },
    clock: systemClock,
    ageClock: systemClock,
  });
  const imports = [OperationsModule.register(new Readiness(), metrics)];
  const app = await createGatewayApp({ ...edge, imports }, settings);
  app.get(AdmissionState).open();
  await app.listen(settings.HTTP_PORT, '0.0.0.0');
  return {
    stopWithinMs: 10_000,
    stop: async () => {
      await queue.close();
      await app.close();
    },
  };
});
