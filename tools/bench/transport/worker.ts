import { Controller, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { MessagePattern, Payload } from '@nestjs/microservices';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { GrpcReplySender, RocketMqServer } from '@seckill/messaging';
import { newInstanceId, openRegistry } from '@seckill/registry';
import { OperationsModule, Readiness, run } from '@seckill/runtime';
import { Registry } from 'prom-client';
import { ASKER_ROLE, TRANSPORT_DEAD, TRANSPORT_GROUP, TRANSPORT_RETRY, TRANSPORT_TOPIC } from './topology.js';

// Answers what it is asked with what it was asked.

@Controller()
class EchoController {
  @MessagePattern('echo')
  echo(@Payload() payload: unknown): unknown {
    return payload;
  }
}

const metrics = new Registry();
const readiness = new Readiness();

@Module({ imports: [OperationsModule.register(readiness, metrics)], controllers: [EchoController] })
class WorkerModule {}

await run({ app: 'transport-worker', instanceId: newInstanceId('transport-worker') }, async () => {
  const registry = await openRegistry(process.env['REGISTRY_URL']!, { applicationName: 'bench' });
  const replies = new GrpcReplySender({ registry, role: ASKER_ROLE, metrics });
  const server = new RocketMqServer({
    connection: { endpoints: process.env['ROCKETMQ_ENDPOINTS']! },
    group: TRANSPORT_GROUP,
    topic: TRANSPORT_TOPIC,
    retryTopic: TRANSPORT_RETRY,
    deadLetterTopic: TRANSPORT_DEAD,
    replies,
    concurrency: 4_096,
    metrics,
  });
  readiness.add('rocketmq', () => (server.connection === 'connected' ? undefined : 'not connected yet'));
  const app = await NestFactory.create(WorkerModule, new FastifyAdapter());
  app.connectMicroservice({ strategy: server });
  await app.startAllMicroservices();
  await app.listen(Number(process.env['HTTP_PORT']), '127.0.0.1');
  return {
    stopWithinMs: 10_000,
    stop: async () => {
      await app.close();
      await replies.close();
      await registry.close();
    },
  };
});
