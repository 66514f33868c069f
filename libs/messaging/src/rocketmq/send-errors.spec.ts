import { describe, expect, it } from '@jest/globals';
import { credentials, status } from '@grpc/grpc-js';
import { deliveryV1 } from '@seckill/contracts';
import { ClientException } from 'rocketmq-client-nodejs';
import { toSendError } from './send-errors.js';

const serviceError = (code: status, details: string) => Object.assign(new Error(details), { code, details });

describe('a failed send', () => {
  it.each([
    [
      'nothing listens there',
      serviceError(status.UNAVAILABLE, 'No connection established. Last error: refused'),
    ],
    [
      'the address does not resolve',
      serviceError(status.UNAVAILABLE, 'Name resolution failed for target dns:x'),
    ],
    ['the topic is unknown', new ClientException(40_402, 'no topic')],
    ['the message is too large', new ClientException(41_301, 'too large')],
    ['the broker is too busy to accept it', new ClientException(42_900, 'too many')],
    ['the client is not running', new Error('Producer is not running now')],
  ])('certainly stored nothing when %s', (_case, error) => {
    expect(toSendError(error).certain).toBe(true);
  });

  it.each([
    ['the call timed out', serviceError(status.DEADLINE_EXCEEDED, 'Deadline exceeded after 3s')],
    ['the connection dropped in the middle', serviceError(status.UNAVAILABLE, 'Connection dropped')],
    ['the call was cancelled', serviceError(status.CANCELLED, 'Call cancelled')],
    ['the request timed out at the broker', new ClientException(40_800, 'request timeout')],
    ['the broker could not flush in time', new ClientException(50_401, 'flush disk timeout')],
    ['the replica did not confirm', new ClientException(50_402, 'slave timeout')],
    ['the broker has an internal error', new ClientException(50_001, 'internal')],
    ['a code is not known', new ClientException(99_999, 'what')],
    ['the error is unknown', 'odd'],
  ])('may have stored the message when %s', (_case, error) => {
    expect(toSendError(error).certain).toBe(false);
  });

  it('recognises a refused connection by the error text of the gRPC version in use', async () => {
    const client = new deliveryV1.DeliveryServiceClient('127.0.0.1:1', credentials.createInsecure());
    const error = await new Promise((resolve) => client.deliver({ instanceId: '', results: [] }, resolve));
    client.close();
    expect(toSendError(error).certain).toBe(true);
  });
});
