import { describe, expect, it } from '@jest/globals';
import { BadRequestException, NotFoundException, ServiceUnavailableException } from '@nestjs/common';
import { RpcException, type MessageHandler } from '@nestjs/microservices';
import { EMPTY, throwError } from 'rxjs';
import { RetriableError, UnavailableError, UnprocessableError } from '../errors.js';
import { runHandler } from './handler-result.js';

/** The result of a handler that throws this. */
function thrown(error: unknown) {
  const handler = (() => throwError(() => error)) as unknown as MessageHandler;
  return runHandler(handler, {}, {}, () => {});
}

class SelfishException extends RpcException {
  override getError() {
    return this;
  }
}

describe('the result of a handler that throws', () => {
  it.each([
    ['a dependency is unavailable', new UnavailableError('db'), { kind: 'unavailable', reason: 'db' }],
    ['again, please', new RetriableError('busy'), { kind: 'failed', reason: 'busy' }],
    ['never', new UnprocessableError('no', 'NO'), { kind: 'unprocessable', reason: 'no', code: 'NO' }],
    ['a defect', new TypeError('x is not a function'), { kind: 'failed', reason: 'x is not a function' }],
    ['a server error', new ServiceUnavailableException('later'), { kind: 'failed', reason: 'later' }],
    [
      'what Nest makes of a defect',
      { status: 'error', message: 'Internal server error' },
      { kind: 'failed', reason: 'Internal server error' },
    ],
  ])('%s', async (_name, error, result) => {
    expect(await thrown(error)).toEqual(result);
  });

  it.each([
    ['a string', new RpcException('closed'), { code: 'ERROR', message: 'closed', details: undefined }],
    [
      'a code and details',
      new RpcException({ code: 'TOO_LATE', message: 'closed', hours: 9 }),
      { code: 'TOO_LATE', message: 'closed', details: { hours: 9 } },
    ],
    [
      'an HTTP exception',
      new NotFoundException('no such order'),
      {
        code: 'NOT_FOUND',
        message: 'no such order',
        details: { statusCode: 404, error: 'Not Found' },
      },
    ],
    [
      'a failed validation',
      new BadRequestException(['quantity must be positive']),
      {
        code: 'BAD_REQUEST',
        message: 'Bad Request Exception',
        details: { statusCode: 400, error: 'Bad Request', messages: ['quantity must be positive'] },
      },
    ],
    ['itself', new SelfishException('me'), expect.objectContaining({ message: 'me' })],
  ])('answers the waiter with %s', async (_name, error, answer) => {
    expect(await thrown(error)).toEqual(
      typeof answer === 'object' && 'code' in answer
        ? { kind: 'refused', ...answer }
        : expect.objectContaining({ kind: 'refused' }),
    );
  });

  it('is completed for an Observable without values', async () => {
    expect(await runHandler((() => EMPTY) as unknown as MessageHandler, {}, {}, () => {})).toEqual({
      kind: 'completed',
    });
  });
});
