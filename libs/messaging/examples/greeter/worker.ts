import { Controller, Module, NotFoundException } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { MessagePattern, Payload, type MicroserviceOptions } from '@nestjs/microservices';
import { GrpcReplySender, HandlerErrorFilter, RocketMqServer } from '@seckill/messaging';
import { openRegistry } from '@seckill/registry';

const greetings: Readonly<Record<string, string>> = { en: 'Hello', fr: 'Bonjour', zh: '你好' };

@Controller()
class GreeterController {
  @MessagePattern('greet')
  greet(@Payload() { name, language }: { name: string; language: string }): string {
    const greeting = greetings[language];
    if (greeting === undefined) throw new NotFoundException(`no greeting in language ${language}`);
    return `${greeting}, ${name}!`;
  }
}

@Module({ controllers: [GreeterController] })
class WorkerModule {}

/** The process with the handlers. Run as many as you need. @returns a function that stops it */
export async function startWorker(endpoints: string, registryUrl: string): Promise<() => Promise<void>> {
  const registry = await openRegistry(registryUrl);
  const replies = new GrpcReplySender({ registry, role: 'web' });
  const app = await NestFactory.createMicroservice<MicroserviceOptions>(WorkerModule, {
    strategy: new RocketMqServer({
      connection: { endpoints },
      group: 'greeter',
      topic: 'greetings',
      retryTopic: 'greetings-retry',
      deadLetterTopic: 'greetings-dead',
      replies,
    }),
  });
  app.useGlobalFilters(new HandlerErrorFilter());
  await app.listen();
  return async () => {
    await app.close();
    await replies.close();
    await registry.close();
  };
}
