import { describe, expect, it } from '@jest/globals';
import type { Operation } from '@tools/checker';
import { tally } from './tally.js';

describe('tally', () => {
  let made = 0;
  const purchase = (
    userId: string,
    invokedAt: number,
    ms: number | undefined,
    response: Operation['response'],
  ) =>
    ({
      kind: 'purchase',
      operationId: String(++made),
      userId,
      saleId: 's',
      gateway: 'g',
      quantity: 1,
      invokedAt,
      completedAt: ms === undefined ? undefined : invokedAt + ms,
      response,
    }) as const;
  const read = (
    userId: string,
    invokedAt: number,
    ms: number,
    response: Operation['response'],
  ): Operation => {
    const { quantity: _, ...same } = purchase(userId, invokedAt, ms, response);
    return { ...same, kind: 'read', requestId: 'r' };
  };
  const reserved = { status: 201, decision: 'reserved', decidedAt: 1 } as const;
  const pending = { status: 202, decision: 'pending' } as const;

  it('counts answers in words', () => {
    const { answers, requests, purchases } = tally({
      operations: [
        purchase('a', 0, 10, reserved),
        purchase('b', 0, 10, { status: 409, decision: 'sold_out', problem: 'sold-out', decidedAt: 1 }),
        purchase('c', 0, 10, { status: 503, problem: 'unavailable' }),
        purchase('c', 20, 10, 'unknown'),
        purchase('d', 20, undefined, undefined),
        read('d', 30, 10, pending),
      ],
    });
    expect(Object.fromEntries(answers)).toEqual({
      '201 reserved': 1,
      '409 sold_out': 1,
      '503 unavailable': 1,
      'no answer': 2,
    });
    expect([requests, purchases]).toEqual([6, 5]);
  });

  it('measures each answer, and how long a buyer was in the dark', () => {
    const { answerLatency, outcomeLatency, ms } = tally({
      operations: [
        purchase('a', 100, 1_000, 'unknown'),
        purchase('a', 1_200, 8, pending),
        read('a', 1_300, 4, { ...reserved, status: 200 }),
        read('a', 1_400, 4, { ...reserved, status: 200 }),
      ],
    });
    expect([answerLatency.count, answerLatency.max]).toEqual([1, expect.closeTo(8, 1)]);
    expect([outcomeLatency.count, outcomeLatency.max]).toEqual([1, expect.closeTo(1_204, -1)]);
    expect(ms).toBe(1_304);
  });

  it('is nothing for nothing', () => {
    expect(tally({ operations: [] })).toMatchObject({ requests: 0, purchases: 0, ms: 0 });
  });
});
