import { BadRequestException, Controller } from '@nestjs/common';
import { Ctx, MessagePattern, Payload, RpcException } from '@nestjs/microservices';
import { RocketMqContext } from '@seckill/messaging';
import { delay, from, NEVER, of, scan, throwError } from 'rxjs';

const sum = (numbers: number[]) => numbers.reduce((a, b) => a + b, 0);

@Controller()
export class MathController {
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

  @MessagePattern('ordering-key')
  orderingKey(@Ctx() { orderingKey }: RocketMqContext) {
    return orderingKey;
  }

  @MessagePattern('nobody-answers')
  nobodyAnswers() {
    return NEVER;
  }

  @MessagePattern('context')
  context(@Ctx() context: RocketMqContext) {
    const { requestId, tag, headers, failures, remainingMs } = context;
    return { requestId, tag, headers, failures, hasTime: remainingMs > 1_000 && remainingMs <= 60_000 };
  }
}

@Controller()
export class FailingController {
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
export class FlakyController {
  static attempts: number[] = [];

  @MessagePattern('flaky')
  flaky(@Ctx() { failures }: RocketMqContext) {
    FlakyController.attempts.push(failures);
    if (failures < 2) throw new Error('not yet');
    return 'done';
  }
}
