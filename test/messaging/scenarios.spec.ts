import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import {
  BadRequestException,
  Controller,
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
import { Ctx, EventPattern, MessagePattern, Payload, RpcException } from '@nestjs/microservices';
import {
  HandlerErrorFilter,
  RequestRefusedError,
  RocketMqContext,
  RocketMqRecordBuilder,
} from '@seckill/messaging';
import {
  delay,
  firstValueFrom,
  from,
  lastValueFrom,
  map,
  of,
  scan,
  throwError,
  toArray,
  type Observable,
} from 'rxjs';
import { brokers, type ConformanceBroker } from '../conformance/brokers.js';
import { waitFor } from '../support/wait-for.js';
import { Transport } from './transport.js';

const names = Object.keys(brokers).filter(
  (name) => name === 'the stand-in' || process.env['ROCKETMQ_ENDPOINTS'],
);

const sum = (numbers: number[]) => numbers.reduce((a, b) => a + b, 0);

@Controller()
class MathController {
  @MessagePattern('sum')
  sum(@Payload() numbers: number[]) {
    return sum(numbers);
  }

  @MessagePattern('sum-async')
  async sumAsync(@Payload() numbers: number[]) {
    return sum(numbers);
  }

  @MessagePattern('sum-stream')
  sumStream(@Payload() numbers: number[]) {
    return of(sum(numbers)).pipe(delay(5));
  }

  @MessagePattern({ cmd: 'sum-of-object' })
  sumOfObject(@Payload() numbers: number[]) {
    return sum(numbers);
  }

  @MessagePattern('running-sums')
  runningSums(@Payload() numbers: number[]) {
    return from(numbers).pipe(scan((total, number) => total + number, 0));
  }

  @MessagePattern('slow-running-sums')
  async slowRunningSums(@Payload() numbers: number[]) {
    return from(numbers).pipe(
      scan((total, number) => total + number, 0),
      delay(10),
    );
  }

  @MessagePattern('nothing')
  nothing() {}

  @MessagePattern('context')
  context(@Ctx() context: RocketMqContext) {
    const { requestId, tag, headers, failures, remainingMs } = context;
    return { requestId, tag, headers, failures, hasTime: remainingMs > 1_000 && remainingMs <= 60_000 };
  }
}

@Controller()
class FailingController {
  @MessagePattern('throws-rpc')
  throwsRpc() {
    throw new RpcException({ code: 'TOO_LATE', message: 'closed', hours: 9 });
  }

  @MessagePattern('throws-stream')
  throwsStream() {
    return throwError(() => new RpcException('in a stream'));
  }

  @MessagePattern('throws-http')
  throwsHttp() {
    throw new BadRequestException(['quantity must be positive']);
  }
}

@Controller()
class FlakyController {
  static attempts: number[] = [];

  @MessagePattern('flaky')
  flaky(@Ctx() { failures }: RocketMqContext) {
    FlakyController.attempts.push(failures);
    if (failures < 2) throw new Error('not yet');
    return 'done';
  }
}

describe.each(names)('the transport on %s', (name) => {
  let broker: ConformanceBroker;
  let transport: Transport;
  beforeAll(async () => {
    broker = await brokers[name]!();
  }, 60_000);
  afterAll(() => broker?.stop(), 30_000);
  afterEach(() => transport?.close(), 60_000);

  it('answers with a value, a promise and an Observable', async () => {
    transport = await Transport.on(broker);
    await transport.worker([MathController]);
    const client = await transport.asker();
    for (const pattern of ['sum', 'sum-async', 'sum-stream']) {
      expect(await firstValueFrom(client.send(pattern, [1, 2, 3]))).toBe(6);
    }
  }, 90_000);

  it('takes patterns that are objects', async () => {
    transport = await Transport.on(broker);
    await transport.worker([MathController]);
    const client = await transport.asker();
    expect(await firstValueFrom(client.send({ cmd: 'sum-of-object' }, [1, 2, 3]))).toBe(6);
  }, 90_000);

  it('answers many requests at once, each with its own', async () => {
    transport = await Transport.on(broker);
    await transport.worker([MathController]);
    const client = await transport.asker();
    const asked = Array.from({ length: 300 }, (_, i) => [i, i + 1]);
    const answers = await Promise.all(asked.map((numbers) => firstValueFrom(client.send('sum', numbers))));
    expect(answers).toEqual(asked.map(sum));
  }, 90_000);

  it('hands on every value of a stream, in order, and its end', async () => {
    transport = await Transport.on(broker);
    await transport.worker([MathController]);
    const client = await transport.asker();
    for (const pattern of ['running-sums', 'slow-running-sums']) {
      expect(await lastValueFrom(client.send(pattern, [1, 2, 3, 4]).pipe(toArray()))).toEqual([1, 3, 6, 10]);
    }
  }, 90_000);

  it('completes without a value when the handler returns nothing', async () => {
    transport = await Transport.on(broker);
    await transport.worker([MathController]);
    const client = await transport.asker();
    expect(await lastValueFrom(client.send('nothing', {}).pipe(toArray()))).toEqual([]);
  }, 90_000);

  it('tells the handler about its request', async () => {
    transport = await Transport.on(broker);
    await transport.worker([MathController]);
    const client = await transport.asker();
    client.setOnDispatchHook((packet) => (packet.metadata = { Tenant: 'acme' }));
    const record = new RocketMqRecordBuilder({})
      .setRequestId('r-1')
      .setExpiry(60_000)
      .setHeader('Lang', 'de')
      .build();
    expect(await firstValueFrom(client.send('context', record))).toEqual({
      requestId: 'r-1',
      tag: 'context',
      headers: { tenant: 'acme', lang: 'de' },
      failures: 0,
      hasTime: true,
    });
  }, 90_000);

  it('does not flatten errors: codes, details and validation survive the trip', async () => {
    transport = await Transport.on(broker);
    await transport.worker([FailingController], {
      set: (app) => app.useGlobalFilters(new HandlerErrorFilter()),
    });
    const client = await transport.asker();
    const refusal = async (pattern: string) => {
      const error = await firstValueFrom(client.send(pattern, {})).catch((refused: unknown) => refused);
      expect(error).toBeInstanceOf(RequestRefusedError);
      const { code, reason, details } = error as RequestRefusedError;
      return { code, reason, details };
    };
    expect(await refusal('throws-rpc')).toEqual({
      code: 'TOO_LATE',
      reason: 'closed',
      details: { hours: 9 },
    });
    expect(await refusal('throws-stream')).toEqual({
      code: 'ERROR',
      reason: 'in a stream',
      details: undefined,
    });
    expect(await refusal('throws-http')).toMatchObject({
      code: 'BAD_REQUEST',
      details: { statusCode: 400, messages: ['quantity must be positive'] },
    });
    expect(await refusal('no-such-pattern')).toMatchObject({ code: 'NO_HANDLER' });
  }, 90_000);

  it('runs a handler that failed again, later, and answers then', async () => {
    transport = await Transport.on(broker);
    FlakyController.attempts = [];
    await transport.worker([FlakyController], { retryPolicy: { maxFailures: 5, delayMs: () => 500 } });
    const client = await transport.asker();
    expect(await firstValueFrom(client.send('flaky', {}))).toBe('done');
    expect(FlakyController.attempts).toEqual([0, 1, 2]);
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
    transport = await Transport.on(broker, ['workers', 'watchers']);
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
    transport = await Transport.on(broker);
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
