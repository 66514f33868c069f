import { describe, expect, it } from '@jest/globals';
import { ManualClock } from '@seckill/clock';
import { stopInOrder } from './stop-in-order.js';

describe('stopInOrder', () => {
  it('runs one step after the other, and goes on past a step that hangs or fails', async () => {
    const clock = new ManualClock();
    const seen: string[] = [];
    const log = { log: () => {}, warn: (m: string) => seen.push(m), error: (m: string) => seen.push(m) };
    const step = (name: string, run: () => unknown) => ({
      name,
      withinMs: 100,
      run: () => {
        seen.push(name);
        return run();
      },
    });
    const stopped = stopInOrder(
      [
        step('first', () => undefined),
        step('hangs', () => new Promise(() => {})),
        step('fails', () => Promise.reject(new Error('no'))),
        step('last', () => undefined),
      ],
      log,
      clock,
    );
    await clock.advance(99);
    expect(seen).toEqual(['first', 'hangs']);
    await clock.advance(1);
    await stopped;
    expect(seen).toEqual([
      'first',
      'hangs',
      'stopping: hangs took longer than 100 ms, going on',
      'fails',
      'stopping: fails failed: Error: no',
      'last',
    ]);
    expect(clock.pending).toBe(0);
  });
});
