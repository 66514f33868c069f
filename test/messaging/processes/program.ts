import { setTimeout as sleep } from 'node:timers/promises';
import { Controller, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Ctx, MessagePattern, Payload, type MicroserviceOptions } from '@nestjs/microservices';
import {
  GrpcReplyReceiver,
  GrpcReplySender,
  RocketMqClient,
  RocketMqContext,
  RocketMqServer,
} from '@seckill/messaging';
import { newInstanceId, openRegistry } from '@seckill/registry';
import { firstValueFrom } from 'rxjs';
import type { Order, Report, Setting } from './process.js';

// A worker or a web process of its own, for tests that kill, stop and drain it. It is led by messages of its parent.

const quiet = { log() {}, warn() {}, error() {} };
const setting = JSON.parse(process.argv[2]!) as Setting;
const report = (what: Report) => void process.send?.(what);
const connection = { endpoints: setting.endpoints, log: quiet };
const registry = await openRegistry(setting.registryUrl);

@Controller()
class WorkController {
  /** Takes a while, and tells when it begins and ends. */
  @MessagePattern('work')
  async work(
    @Payload() { ms, value }: { ms: number; value: unknown },
    @Ctx() { requestId }: RocketMqContext,
  ): Promise<unknown> {
    report({ kind: 'began', requestId });
    await sleep(ms);
    report({ kind: 'did', requestId });
    return value;
  }
}

@Module({ controllers: [WorkController] })
class WorkerModule {}

async function startWorker({ topic, role }: Setting): Promise<() => Promise<void>> {
  const replies = new GrpcReplySender({ registry, role });
  const app = await NestFactory.createMicroservice<MicroserviceOptions>(WorkerModule, {
    strategy: new RocketMqServer({
      connection,
      group: `${topic}-workers`,
      topic,
      retryTopic: `${topic}-retry`,
      deadLetterTopic: `${topic}-dead`,
      replies,
      pollMs: 1_000,
    }),
    logger: false,
  });
  await app.listen();
  return async () => {
    await app.close();
    await replies.close();
  };
}

async function startWeb({ topic, role }: Setting): Promise<() => Promise<void>> {
  const replies = new GrpcReplyReceiver({
    instanceId: newInstanceId(role),
    host: '127.0.0.1',
    port: 0,
    register: { registry, role },
  });
  const client = new RocketMqClient({
    connection,
    topic,
    replies,
    connectTimeoutMs: 120_000,
    defaultTimeoutMs: 120_000,
  });
  client.on('late', ({ requestId }) => report({ kind: 'late', requestId }));
  await client.connect();
  process.on('message', ({ number, pattern, payload }: Order) => {
    firstValueFrom(client.send(pattern, payload)).then(
      (answer) => report({ kind: 'answer', number, answer }),
      (error: unknown) => report({ kind: 'answer', number, error: String(error) }),
    );
  });
  return () => client.close();
}

const end = setting.kind === 'worker' ? await startWorker(setting) : await startWeb(setting);
process.once('SIGTERM', () => {
  void end()
    .then(() => registry.close())
    .then(() => process.exit(0));
});
// Nobody is left to lead it.
process.once('disconnect', () => process.exit(1));
report({ kind: 'ready' });
