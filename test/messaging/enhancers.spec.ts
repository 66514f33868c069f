import { expect, it } from '@jest/globals';
import {
  Catch,
  Controller,
  UseFilters,
  UseGuards,
  UseInterceptors,
  UsePipes,
  type CanActivate,
  type NestInterceptor,
  type PipeTransform,
  type RpcExceptionFilter,
} from '@nestjs/common';
import { EventPattern, MessagePattern, NestMicroservice, Payload } from '@nestjs/microservices';
import { ROCKETMQ, RocketMqContext, RocketMqRecordBuilder } from '@seckill/messaging';
import { firstValueFrom, lastValueFrom, tap, throwError } from 'rxjs';
import { waitFor } from '@tools/testbed';
import { onEveryBroker } from './transport.js';

class GlobalError extends Error {}
class ControllerError extends Error {}
class HandlerError extends Error {}

onEveryBroker('enhancers', (start) => {
  it('of every kind run at every level, in the order of Nest', async () => {
    const ran: string[] = [];
    const guard = (level: string): CanActivate => ({ canActivate: () => ran.push(`${level} guard`) > 0 });
    const interceptor = (level: string): NestInterceptor => ({
      intercept(_context, next) {
        ran.push(`${level} interceptor`);
        return next.handle().pipe(tap(() => ran.push(`${level} interceptor after`)));
      },
    });
    const pipe = (level: string): PipeTransform => ({
      transform: (value: unknown) => {
        ran.push(`${level} pipe`);
        return value;
      },
    });
    @Controller()
    @UseGuards(guard('controller'))
    @UseInterceptors(interceptor('controller'))
    @UsePipes(pipe('controller'))
    class Enhanced {
      @MessagePattern('enhanced')
      @UseGuards(guard('handler'))
      @UseInterceptors(interceptor('handler'))
      @UsePipes(pipe('handler'))
      enhanced(@Payload() value: string) {
        ran.push('handler');
        return value;
      }
    }
    const transport = await start();
    await transport.worker([Enhanced], {
      set: (app) =>
        app
          .useGlobalGuards(guard('global'))
          .useGlobalInterceptors(interceptor('global'))
          .useGlobalPipes(pipe('global')),
    });
    const client = await transport.asker();
    expect(await firstValueFrom(client.send('enhanced', 'a'))).toBe('a');
    const levels = ['global', 'controller', 'handler'];
    expect(ran).toEqual([
      ...levels.map((level) => `${level} guard`),
      ...levels.map((level) => `${level} interceptor`),
      ...levels.map((level) => `${level} pipe`),
      'handler',
      ...levels.toReversed().map((level) => `${level} interceptor after`),
    ]);
  }, 90_000);

  it('that are exception filters catch at every level', async () => {
    const tell = (code: string) => (error: Error) => throwError(() => ({ code, message: error.message }));
    @Catch(GlobalError)
    class OfApp implements RpcExceptionFilter {
      readonly catch = tell('GLOBAL');
    }
    @Catch(ControllerError)
    class OfController implements RpcExceptionFilter {
      readonly catch = tell('CONTROLLER');
    }
    @Catch(HandlerError)
    class OfHandler implements RpcExceptionFilter {
      readonly catch = tell('HANDLER');
    }
    const errors = { GLOBAL: GlobalError, CONTROLLER: ControllerError, HANDLER: HandlerError };
    @Controller()
    @UseFilters(OfController)
    class Failing {
      @MessagePattern('fail')
      @UseFilters(OfHandler)
      fail(@Payload() level: keyof typeof errors) {
        throw new errors[level](level);
      }
    }
    const transport = await start();
    await transport.worker([Failing], { set: (app) => app.useGlobalFilters(new OfApp()) });
    const client = await transport.asker();
    for (const level of Object.keys(errors)) {
      const error = await firstValueFrom(client.send('fail', level)).catch((e: unknown) => e);
      expect(error).toMatchObject({ kind: 'refused', code: level, reason: level });
    }
  }, 90_000);

  it('may also be hooks around each request, of events, too', async () => {
    const heard: string[] = [];
    @Controller()
    class Desk {
      @MessagePattern('ask')
      ask() {
        heard.push('ask');
      }

      @EventPattern('tell')
      tell(@Payload() _value: unknown) {
        heard.push('tell');
      }
    }
    const transport = await start();
    const strategy = transport.server();
    const pattern = (context: unknown) => (context as RocketMqContext).getPattern();
    strategy.setOnProcessingStartHook((transportId, context, done) => {
      expect(transportId).toBe(ROCKETMQ);
      heard.push(`before ${pattern(context)}`);
      void done();
    });
    strategy.setOnProcessingEndHook((_transportId, context) => heard.push(`after ${pattern(context)}`));
    await transport.worker([Desk], {
      strategy,
      set: (app) =>
        (app as NestMicroservice).registerPreRequestHook((context, next) => {
          heard.push(`request ${pattern(context.switchToRpc().getContext())}`);
          return next();
        }),
    });
    const client = await transport.asker();
    await lastValueFrom(client.send('ask', {}), { defaultValue: undefined });
    await lastValueFrom(client.emit('tell', {}), { defaultValue: undefined });
    await waitFor('the event', () => heard.length >= 8);
    expect(heard).toEqual(
      ['ask', 'tell'].flatMap((name) => [`before ${name}`, `request ${name}`, name, `after ${name}`]),
    );
  }, 90_000);
});

onEveryBroker('options of a pattern', (start) => {
  it('may stand at its decorator or at the server: concurrency, tag, topic and group', async () => {
    let running = 0;
    let most = 0;
    const work = async () => {
      most = Math.max(most, ++running);
      await new Promise((resolve) => setTimeout(resolve, 20));
      running--;
      return most;
    };
    @Controller()
    class Desk {
      @MessagePattern('by-decorator', ROCKETMQ, { concurrency: 2 })
      byDecorator() {
        return work();
      }

      @MessagePattern('by-server', ROCKETMQ, { concurrency: 50 })
      byServer() {
        return work();
      }

      @MessagePattern('renamed', ROCKETMQ, { tag: 'renamed-v2' })
      renamed() {
        return 'v2';
      }

      @MessagePattern('elsewhere', ROCKETMQ, { topic: 'another' })
      elsewhere() {
        return 'never';
      }

      @MessagePattern('other-group', ROCKETMQ, { group: 'another' })
      otherGroup() {
        return 'never';
      }
    }
    const transport = await start();
    await transport.worker([Desk], { patterns: { 'by-server': { concurrency: 1 } } });
    const client = await transport.asker();
    for (const [pattern, allowed] of [
      ['by-decorator', 2],
      ['by-server', 1],
    ] as const) {
      most = 0;
      await Promise.all(Array.from({ length: 20 }, () => firstValueFrom(client.send(pattern, {}))));
      expect(most).toBe(allowed);
    }
    expect(await firstValueFrom(client.send('renamed-v2', {}))).toBe('v2');
    for (const pattern of ['renamed', 'elsewhere', 'other-group']) {
      const error = await firstValueFrom(client.send(pattern, {})).catch((e: unknown) => e);
      expect(error).toMatchObject({ code: 'NO_HANDLER' });
    }
  }, 90_000);

  it('that has no handler stop the start', async () => {
    @Controller()
    class Desk {
      @MessagePattern('there')
      there() {}
    }
    const transport = await start();
    await expect(transport.worker([Desk], { patterns: { gone: { concurrency: 1 } } })).rejects.toThrow(
      'options for pattern gone, which has no handler',
    );
  }, 90_000);

  it('are told to the serializer at both ends, for requests and answers', async () => {
    const told: string[] = [];
    const serializer = (side: string) => ({
      serialize(value: unknown, { pattern }: { pattern: string }) {
        told.push(`${side} writes ${pattern}`);
        return Buffer.from(JSON.stringify(value));
      },
      deserialize(bytes: Buffer, { pattern }: { pattern: string }): unknown {
        told.push(`${side} reads ${pattern}`);
        return JSON.parse(bytes.toString());
      },
    });
    @Controller()
    class Echo {
      @MessagePattern('echo')
      echo(@Payload() value: unknown) {
        return value;
      }
    }
    const transport = await start();
    await transport.worker([Echo], { serializer: serializer('worker') });
    const client = await transport.asker({ serializer: serializer('web') });
    const tagged = new RocketMqRecordBuilder('a').setTag('echo').build();
    expect(await firstValueFrom(client.send('echo', 'a'))).toBe('a');
    expect(await firstValueFrom(client.send('anything', tagged))).toBe('a');
    const trip = ['web writes echo', 'worker reads echo', 'worker writes echo', 'web reads echo'];
    expect(told).toEqual([...trip, ...trip]);
  }, 90_000);

  it('cannot make a request fit that is too large: it is refused before it is sent, with its size', async () => {
    const transport = await start();
    const client = await transport.asker({ maxBatchBytes: 1_000 });
    const large = 'x'.repeat(2_000);
    const sent = await firstValueFrom(client.send('echo', large)).catch((e: unknown) => e);
    const emitted = await firstValueFrom(client.emit('echo', large)).catch((e: unknown) => e);
    for (const error of [sent, emitted]) {
      expect(error).toMatchObject({
        kind: 'not-sent',
        pattern: 'echo',
        reason: expect.stringMatching(/^the request takes 2\d\d\d bytes; at most 1000 are allowed$/),
      });
    }
  }, 90_000);
});
