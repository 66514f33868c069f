import { describe, expect, it } from '@jest/globals';
import type { Operation } from '@tools/checker';
import { livesOf, longestStall, settledAfter, stallAround } from './lives.js';

let id = 0;
const purchase = (
  invokedAt: number,
  completedAt: number,
  response: { status: number; requestId?: string; decidedAt?: number } | 'unknown',
  { key, gateway = 'a' }: { key?: string; gateway?: string } = {},
): Operation => ({
  kind: 'purchase',
  operationId: String(id++),
  userId: 'user',
  saleId: 'sale',
  gateway,
  invokedAt,
  completedAt,
  quantity: 1,
  idempotencyKey: key,
  response,
});
const read = (completedAt: number, requestId: string, decidedAt?: number, gateway = 'a'): Operation => ({
  kind: 'read',
  operationId: String(id++),
  userId: 'user',
  saleId: 'sale',
  gateway,
  requestId,
  invokedAt: completedAt - 1,
  completedAt,
  response: { status: 200, requestId, decidedAt },
});
const bought = { status: 201, requestId: 'r', decidedAt: 1 };

describe('the life of a request', () => {
  it('is one over all attempts with its key, until the first that knows', () => {
    const lives = livesOf([
      purchase(0, 10, 'unknown', { key: 'k' }),
      purchase(20, 30, { status: 503 }, { key: 'k' }),
      purchase(40, 50, bought, { key: 'k' }),
      purchase(60, 70, bought, { key: 'k' }),
    ]);
    expect(lives).toMatchObject([{ firstAt: 0, knownAt: 50 }]);
    expect(longestStall(lives)).toBe(50);
  });

  it('ends with the question that is answered, after a 202', () => {
    const lives = livesOf([
      purchase(0, 10, { status: 202, requestId: 'r' }),
      read(20, 'r'),
      read(30, 'r', 1),
    ]);
    expect(lives).toMatchObject([{ knownAt: 30, lost: false }]);
  });

  it('is lost without a key and without an answer, and never known while it is pending', () => {
    const lost = livesOf([purchase(0, 10, 'unknown')]);
    expect(lost).toMatchObject([{ lost: true }]);
    expect(settledAfter(lost, 5)).toBe(0);
    const pending = livesOf([purchase(0, 10, { status: 202, requestId: 'r' })]);
    expect(settledAfter(pending, 5)).toBe(Infinity);
  });
});

describe('the stall around a kill', () => {
  const record = { instance: 'gateway-1', at: 100, until: 200 };

  it('tells what was under way at it from what came after it', () => {
    const lives = livesOf([
      purchase(90, 400, bought, { key: 'held' }),
      purchase(110, 150, bought, { key: 'free' }),
      purchase(250, 900, bought, { key: 'later' }),
    ]);
    expect(stallAround(lives, record, undefined)).toEqual({ free: 40, underWay: 300 });
  });

  it('does not count who met the dead gateway', () => {
    const lives = livesOf([
      purchase(110, 120, 'unknown', { key: 'k', gateway: 'dead' }),
      purchase(900, 950, bought, { key: 'k', gateway: 'living' }),
    ]);
    expect(stallAround(lives, record, 'dead')).toEqual({ free: 0, underWay: 0 });
    expect(stallAround(lives, record, 'living')).toEqual({ free: 840, underWay: 0 });
    const asked = livesOf([
      purchase(110, 120, { status: 202, requestId: 'r' }, { gateway: 'living' }),
      { ...read(150, 'r', undefined, 'dead'), response: 'unknown' },
      read(700, 'r', 1, 'living'),
    ]);
    expect(stallAround(asked, record, 'dead')).toEqual({ free: 0, underWay: 0 });
    expect(stallAround(asked, record, 'neither')).toEqual({ free: 590, underWay: 0 });
  });
});
