import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from '@jest/globals';
import {
  Controller,
  Get,
  Injectable,
  Scope,
  UseFilters,
  UseGuards,
  UseInterceptors,
  UsePipes,
  type CallHandler,
  type CanActivate,
  type ExecutionContext,
  type NestInterceptor,
  type PipeTransform,
} from '@nestjs/common';
import { Catch, Inject, type RpcExceptionFilter } from '@nestjs/common';
import { Ctx, EventPattern, MessagePattern, Payload } from '@nestjs/microservices';
import { HandlerErrorFilter, RocketMqContext, RocketMqRecordBuilder } from '@seckill/messaging';
import { firstValueFrom, lastValueFrom, map, throwError, type Observable } from 'rxjs';
import { waitFor } from '@tools/testbed';
import { FailingController, FlakyController, MathController } from './controllers.js';
import { onEveryBroker } from './transport.js';

onEveryBroker("Nest's building blocks", (start) => {
  it('serves a hybrid app, and tells HTTP callers what became of their requests', async () => {
    const transport = await start();
    await transport.worker([MathController, FailingController], {
      set: (app) => app.useGlobalFilters(new HandlerErrorFilter()),
    });
    const client = await transport.asker();
    const silent = new RocketMqRecordBuilder({}).setTag('nobody-answers').setTimeout(300).build();
    @Controller()
    class Edge {
      @Get('sum')
      sum() {
        return client.send('sum', [1, 2, 3]);
      }

      @Get('refused')
      refused() {
        return client.send('throws-rpc', {});
      }

      @Get('invalid')
      invalid() {
        return client.send('throws-http', {});
      }

      @Get('silent')
      silent() {
        return client.send('slow', silent);
      }
    }
    const url = await transport.edge([Edge]);
    const get = async (path: string) => {
      const response = await fetch(`${url}/${path}`);
      return { status: response.status, body: (await response.json()) as object };
    };
    expect(await get('sum')).toEqual({ status: 200, body: 6 });
    expect(await get('refused')).toMatchObject({
      status: 422,
      body: { error: 'refused', code: 'TOO_LATE', message: 'closed', details: { hours: 9 } },
    });
    expect(await get('invalid')).toMatchObject({
      status: 400,
      body: { details: { messages: ['quantity must be positive'] } },
    });
    expect(await get('silent')).toMatchObject({ status: 504, body: { error: 'timeout' } });
    await client.close();
    const gone = await fetch(`${url}/sum`);
    expect([gone.status, gone.headers.get('retry-after')]).toEqual([503, '1']);
  }, 90_000);

  it('runs a handler that failed again, later, and answers then', async () => {
    const transport = await start();
    FlakyController.attempts = [];
    await transport.worker([FlakyController], { retryPolicy: { maxFailures: 5, delayMs: () => 500 } });
    const client = await transport.asker();
    expect(await firstValueFrom(client.send('flaky', {}))).toBe('done');
    expect(FlakyController.attempts).toEqual([0, 1, 2]);
  }, 90_000);

  it('pauses while what handlers need is away, counts no failure, and goes on by itself', async () => {
    let away = true;
    const handled: number[] = [];
    @Controller()
    class Careful {
      @MessagePattern('careful')
      careful(@Ctx() { failures }: RocketMqContext) {
        handled.push(failures);
        return 'done';
      }
    }
    const health = async () => {
      if (away) throw new Error('the database is away');
    };
    const transport = await start();
    await transport.worker([Careful], { health });
    const client = await transport.asker();
    const answer = firstValueFrom(client.send('careful', {}));
    await sleep(3_000);
    expect(handled).toEqual([]);
    away = false;
    expect(await answer).toBe('done');
    expect(handled).toEqual([0]);
  }, 90_000);

  it('tells an event to every handler of it, and to every group', async () => {
    const heard: string[] = [];
    @Controller()
    class First {
      @EventPattern('happened')
      one(@Payload() { id }: { id: string }) {
        heard.push(`one ${id}`);
      }

      @EventPattern('happened')
      two(@Payload() { id }: { id: string }) {
        heard.push(`two ${id}`);
      }
    }
    @Controller()
    class Second {
      @EventPattern('happened')
      three(@Payload() { id }: { id: string }) {
        heard.push(`three ${id}`);
      }
    }
    const transport = await start(['workers', 'watchers']);
    await transport.worker([First]);
    await transport.worker([Second], { group: 'watchers' });
    const client = await transport.asker();
    await lastValueFrom(client.emit('happened', { id: 'a' }), { defaultValue: undefined });
    await waitFor('all to hear', async () => heard.length >= 3);
    expect(heard.toSorted()).toEqual(['one a', 'three a', 'two a']);
  }, 90_000);

  it('runs guards, pipes, interceptors, filters and request-scoped providers as any transport does', async () => {
    @Injectable()
    class OnlyPositive implements CanActivate {
      canActivate(context: ExecutionContext) {
        return context.switchToRpc().getData<{ n: number }>().n > 0;
      }
    }
    @Injectable()
    class Doubled implements PipeTransform {
      transform(value: { n: number } | RocketMqContext) {
        return value instanceof RocketMqContext ? value : { n: value.n * 2 };
      }
    }
    @Injectable()
    class Wrapped implements NestInterceptor {
      intercept(_context: ExecutionContext, next: CallHandler): Observable<unknown> {
        return next.handle().pipe(map((value) => ({ value })));
      }
    }
    @Catch(RangeError)
    class RangeFilter implements RpcExceptionFilter<RangeError> {
      catch(error: RangeError) {
        return throwError(() => ({ code: 'OUT_OF_RANGE', message: error.message }));
      }
    }
    @Injectable({ scope: Scope.REQUEST })
    class PerRequest {
      static made = 0;
      readonly number = ++PerRequest.made;
    }
    @Controller()
    class Enhanced {
      constructor(@Inject(PerRequest) private readonly perRequest: PerRequest) {}

      @MessagePattern('enhanced')
      @UseGuards(OnlyPositive)
      @UsePipes(Doubled)
      @UseInterceptors(Wrapped)
      @UseFilters(RangeFilter)
      enhanced(@Payload() { n }: { n: number }) {
        if (n > 100) throw new RangeError('too many');
        return { n, request: this.perRequest.number };
      }
    }
    const transport = await start();
    await transport.worker([Enhanced], { providers: [PerRequest] });
    const client = await transport.asker();
    const ask = (n: number) =>
      firstValueFrom(client.send('enhanced', { n })).catch((error: unknown) => error);
    expect(await ask(1)).toEqual({ value: { n: 2, request: 1 } });
    expect(await ask(2)).toEqual({ value: { n: 4, request: 2 } });
    expect(await ask(60)).toMatchObject({ code: 'OUT_OF_RANGE', reason: 'too many' });
    expect(await ask(-1)).toMatchObject({ kind: 'refused', reason: 'Forbidden resource' });
  }, 90_000);
});
