import { describe, expect, it } from '@jest/globals';
import { ManualClock } from '@seckill/clock';
import { stopInOrder, stoppable } from './stop-in-order.js';

describe('stopInOrder', () => {
  it('runs one step after the other, and continues after a step that hangs or fails', async () => {
    const clock = new ManualClock();
    const seen: string[] = [];
    const say = (message: string, fields?: Record<string, unknown>) =>
      seen.push(`${message}: ${String(fields?.['step'])}`);
    const log = { log: () => {}, warn: say, error: say };
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
      'shutdown step timed out, continuing: hangs',
      'fails',
      'shutdown step failed, continuing: fails',
      'last',
    ]);
    expect(clock.pending).toBe(0);
  });

  it('adds up how long all steps may take', () => {
    const log = { log: () => {}, warn: () => {}, error: () => {} };
    const steps = [1_000, 20, 3].map((withinMs) => ({ name: 'step', withinMs, run: () => undefined }));
    expect(stoppable(steps, log).stopWithinMs).toBe(1_023);
  });
});
