import { Logger } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { INVENTORY_ROLE, InventoryClient } from '@seckill/inventory-client';
import { GrpcReplySender, rocketMqConnection, RocketMqServer } from '@seckill/messaging';
import { answeringSerializer } from '@seckill/purchase';
import { newInstanceId, openRegistry, type Lease } from '@seckill/registry';
import { Readiness, readSettings, run, stoppable } from '@seckill/runtime';
import { MutualTls } from '@seckill/tls';
import { namesIn } from '@seckill/topology';
import { collectDefaultMetrics, Registry } from 'prom-client';
import { AppModule } from './app.module.js';
import { settingsSchema } from './settings.js';

const log = new Logger('service');
const id = newInstanceId('seckill-service');

await run({ app: 'seckill-service', instanceId: id }, async () => {
  const startedAt = Date.now();
  const settings = readSettings(settingsSchema, process.env);
  const tls = settings.tls && new MutualTls(settings.tls, { log });
  const metrics = new Registry();
  collectDefaultMetrics({ register: metrics });

  const registry = await openRegistry(settings.REGISTRY_URL, {
    applicationName: 'seckill-service',
    onError: (error) => log.warn('trouble with the registry, trying on', { reason: String(error) }),
  });
  const inventory = new InventoryClient({
    registry,
    ...(tls && { credentials: tls.credentialsTo(INVENTORY_ROLE) }),
  });
  const replies = new GrpcReplySender({
    registry,
    metrics,
    ...(tls && { credentials: tls.credentialsTo('gateway') }),
  });
  const { topics, groups } = namesIn(settings.ROCKETMQ_NAMESPACE);
  const server = new RocketMqServer({
    connection: rocketMqConnection(settings.rocketmq, log),
    group: groups.seckillService,
    topic: topics.purchase,
    retryTopic: topics.purchaseRetry,
    deadLetterTopic: topics.purchaseDead,
    replies,
    serializer: answeringSerializer,
    concurrency: settings.CONCURRENCY,
    invisibleMs: settings.INVISIBLE_MS,
    metrics,
  });

  let lease: Lease | undefined;
  const readiness = new Readiness();
  // Without its store, this instance goes on with its copy of who is where.
  const isNew = () => lease === undefined;
  readiness.add('registry', () => (lease?.held ? undefined : 'this instance is not registered'), isNew);
  readiness.add('rocketmq', () => (server.connection === 'connected' ? undefined : 'not connected yet'));
  readiness.add('inventory', () => {
    if (server.paused) return 'does not answer; receiving is paused';
    return inventory.known ? undefined : 'no instance is registered';
  });
  const app = await NestFactory.create(
    AppModule.register(inventory, readiness, metrics),
    new FastifyAdapter(),
  );
  app.connectMicroservice({ strategy: server });
  await app.startAllMicroservices();
  await app.listen(settings.HTTP_PORT, '0.0.0.0');

  const { ADVERTISED_HOST, HTTP_PORT } = settings;
  const self = { id, role: 'seckill-service', address: `${ADVERTISED_HOST}:${HTTP_PORT}`, startedAt };
  const leaving = new AbortController();
  void registry.register(self, { signal: leaving.signal }).then(
    (taken) => (lease = taken),
    (error: unknown) => leaving.signal.aborted || log.error('cannot be registered', { error }),
  );

  return stoppable(
    [
      { name: 'not being ready', withinMs: 1_000, run: () => readiness.leave() },
      { name: 'finishing what is held', withinMs: 17_000, run: () => server.close() },
      { name: 'delivering', withinMs: 1_000, run: () => replies.close() },
      { name: 'closing inventory', withinMs: 2_000, run: () => inventory.close() },
      {
        name: 'leaving the registry',
        withinMs: 4_000,
        run: async () => {
          leaving.abort();
          await lease?.release();
          await registry.close();
        },
      },
      { name: 'closing HTTP', withinMs: 2_000, run: () => app.close() },
    ],
    log,
  );
});
