import { describe, expect, it } from '@jest/globals';
import { Backoff } from './backoff.js';

describe('Backoff', () => {
  it('doubles from 0.2 s up to 5 s while a process keeps ending soon', () => {
    const backoff = new Backoff();
    expect([0, 0, 0, 0, 0, 0, 0].map((ran) => backoff.after(ran))).toEqual([
      200, 400, 800, 1_600, 3_200, 5_000, 5_000,
    ]);
  });

  it('begins again after a process that ran for 30 s', () => {
    const backoff = new Backoff();
    backoff.after(0);
    backoff.after(29_999);
    expect(backoff.after(30_000)).toBe(200);
    expect(backoff.after(0)).toBe(400);
  });
});
