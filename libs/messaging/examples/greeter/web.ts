import { Controller, Get, Inject, Module, Param, type DynamicModule } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ClientsModule } from '@nestjs/microservices';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { GrpcReplyReceiver, RequestErrorFilter, RocketMqClient } from '@seckill/messaging';
import { newInstanceId, openRegistry, type Registry } from '@seckill/registry';
import type { Observable } from 'rxjs';

@Controller()
class GreetingController {
  constructor(@Inject('GREETER') private readonly greeter: RocketMqClient) {}

  /** The request goes to a worker through RocketMQ, and the worker answers this process directly. */
  @Get('greet/:language/:name')
  greet(@Param('language') language: string, @Param('name') name: string): Observable<string> {
    return this.greeter.send<string>('greet', { language, name });
  }
}

@Module({})
class WebModule {
  static with(endpoints: string, registry: Registry): DynamicModule {
    const replies = new GrpcReplyReceiver({
      instanceId: newInstanceId('web'),
      port: 0,
      register: { registry, role: 'web' },
    });
    const options = { connection: { endpoints }, topic: 'greetings', replies };
    return {
      module: WebModule,
      imports: [ClientsModule.register([{ name: 'GREETER', customClass: RocketMqClient, options }])],
      controllers: [GreetingController],
    };
  }
}

/** The process with the HTTP server. Run as many as you need. */
export async function startWeb(
  endpoints: string,
  registryUrl: string,
  port = 0,
): Promise<{ url: string; end: () => Promise<void> }> {
  const registry = await openRegistry(registryUrl);
  const app = await NestFactory.create(WebModule.with(endpoints, registry), new FastifyAdapter());
  app.useGlobalFilters(new RequestErrorFilter(app.getHttpAdapter()));
  await app.get<RocketMqClient>('GREETER').connect();
  await app.listen(port, '127.0.0.1');
  const end = async () => {
    await app.close();
    await registry.close();
  };
  return { url: await app.getUrl(), end };
}
