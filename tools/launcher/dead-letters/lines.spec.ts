import { describe, expect, it } from '@jest/globals';
import type { DeadLetter } from '@seckill/messaging';
import { isMeant, letterDetails, letterLine } from './lines.js';

const garbage: DeadLetter = {
  id: 'L1',
  reason: 'not an envelope',
  from: 'seckill-purchase',
  pattern: undefined,
  requests: undefined,
  body: Buffer.from([0, 255, 1]),
};
const order: DeadLetter = {
  ...garbage,
  id: 'L2',
  pattern: 'purchase',
  reason: 'failed 16 times, last: no such column',
  requests: [
    {
      requestId: 'r-1',
      correlationId: 1,
      payload: Buffer.from('{"n":1}'),
      sentAtMs: 0,
      expiresAtMs: 0,
      failures: 16,
      headers: {},
      orderingKey: '',
    },
  ],
};

describe('a dead letter in the terminal', () => {
  it('is one line in a list', () => {
    expect(letterLine(garbage)).toBe('L1  -           garbage      not an envelope');
    expect(letterLine(order)).toBe('L2  purchase    1 request    failed 16 times, last: no such column');
  });

  it('shows its requests, or its bytes when it is garbage', () => {
    expect(letterDetails(garbage)).toContain('3 bytes, no envelope: 00ff01');
    expect(letterDetails(order)).toMatch(/request {2}r-1\n.*1970.*\n.*16\n.*7 bytes: \{"n":1\}/);
  });

  it('is meant by its id and by that of a request in it', () => {
    expect([isMeant(order, ['L2']), isMeant(order, ['r-1']), isMeant(order, ['r'])]).toEqual([
      true,
      true,
      false,
    ]);
  });
});
