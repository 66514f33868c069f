import { describe, expect, it } from '@jest/globals';
import { observed } from './history-of.js';

describe('observed', () => {
  const of = (status: number, body: unknown) => observed({ status, headers: {}, body });

  it('takes the decision from the status of a body', () => {
    const decidedAt = '2026-11-11T00:00:00.250Z';
    expect(
      of(201, { requestId: 'r', saleId: 's', quantity: 2, status: 'reserved', decidedAt }),
    ).toMatchObject({
      status: 201,
      decision: 'reserved',
      requestId: 'r',
      quantity: 2,
      decidedAt: Date.parse(decidedAt),
    });
    expect(of(202, { requestId: 'r', saleId: 's', status: 'pending' })).toMatchObject({
      status: 202,
      decision: 'pending',
      decidedAt: undefined,
    });
  });

  it('takes the decision from the type of a problem', () => {
    const problem = { type: 'https://seckill.example/problems/limit-reached', status: 409, requestId: 'r' };
    expect(of(409, { ...problem, existingRequestId: 'r0' })).toMatchObject({
      status: 409,
      decision: 'limit_reached',
      problem: 'limit-reached',
      requestId: 'r',
      existingRequestId: 'r0',
    });
    expect(of(422, { type: '/problems/idempotency-key-reused', status: 422 })).toMatchObject({
      decision: undefined,
      problem: 'idempotency-key-reused',
    });
  });

  it('takes the entries of a list', () => {
    const entry = {
      requestId: 'r',
      saleId: 's',
      quantity: 1,
      status: 'sold_out',
      decidedAt: '1970-01-01T00:00:01Z',
    };
    expect(of(200, { purchases: [entry] }).purchases).toMatchObject([
      { requestId: 'r', decision: 'sold_out', quantity: 1, decidedAt: 1_000 },
    ]);
  });

  it('leaves a body without sense to the checker', () => {
    expect(of(201, undefined)).toMatchObject({ status: 201, decision: undefined, requestId: undefined });
    expect(of(201, { status: 'reserved', decidedAt: 'soon' }).decidedAt).toBeNaN();
    expect(of(201, { status: 'reserved', decidedAt: 12 }).decidedAt).toBeNaN();
  });
});
