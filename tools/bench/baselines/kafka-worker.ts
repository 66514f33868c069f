import { newInstanceId } from '@seckill/registry';
import { Controller, Inject, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { MessagePattern, Payload, Transport, type KafkaOptions } from '@nestjs/microservices';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { OperationsModule, Readiness, run } from '@seckill/runtime';
import { Registry } from 'prom-client';
import { KAFKA_PARTITIONS, KAFKA_TOPIC } from './names.js';
import { RowLockStore, type RowLockPurchase } from './row-lock.js';

// Takes purchases from Kafka with Nest's own transport, each in a transaction of its own.

@Controller()
class PurchaseController {
  constructor(@Inject(RowLockStore) private readonly store: RowLockStore) {}

  @MessagePattern(KAFKA_TOPIC)
  async purchase(@Payload() purchase: RowLockPurchase): Promise<{ decision: string }> {
    return { decision: await this.store.decide(purchase) };
  }
}

const store = new RowLockStore(process.env['DATABASE_URL']!, KAFKA_PARTITIONS);

@Module({
  imports: [OperationsModule.register(new Readiness(), new Registry())],
  controllers: [PurchaseController],
  providers: [{ provide: RowLockStore, useValue: store }],
})
class WorkerModule {}

await run({ app: 'kafka-worker', instanceId: newInstanceId('kafka-worker') }, async () => {
  const app = await NestFactory.create(WorkerModule, new FastifyAdapter());
  app.connectMicroservice<KafkaOptions>({
    transport: Transport.KAFKA,
    options: {
      client: { clientId: 'worker', brokers: [`127.0.0.1:${process.env['KAFKA_PORT']}`] },
      consumer: { groupId: 'worker', maxWaitTimeInMs: 100 },
      run: { partitionsConsumedConcurrently: KAFKA_PARTITIONS },
    },
  });
  await app.startAllMicroservices();
  await app.listen(Number(process.env['HTTP_PORT']), '127.0.0.1');
  return { stopWithinMs: 10_000, stop: () => app.close() };
});
