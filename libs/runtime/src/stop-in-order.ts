import { systemClock, type Clock } from '@seckill/clock';
import type { Log } from '@seckill/log';
import type { Running } from './run.js';

/** One step of shutting down. */
export interface StopStep {
  /** What it does, for the log. */
  name: string;
  /** After this many ms the next step starts, even if this one has not ended. */
  withinMs: number;
  run: () => unknown;
}

/** A process that shuts down by these steps. */
export function stoppable(steps: readonly StopStep[], log: Log, clock: Clock = systemClock): Running {
  return {
    stop: () => stopInOrder(steps, log, clock),
    stopWithinMs: steps.reduce((sum, { withinMs }) => sum + withinMs, 0),
  };
}

/** Runs the steps one after the other. A step that fails or times out is logged, and the next one starts. */
export async function stopInOrder(
  steps: readonly StopStep[],
  log: Log,
  clock: Clock = systemClock,
): Promise<void> {
  for (const { name, withinMs, run } of steps) {
    const late = Symbol('late');
    let giveUp = () => {};
    const timeout = new Promise<typeof late>((resolve) => (giveUp = () => resolve(late)));
    const timer = clock.setTimeout(giveUp, withinMs);
    try {
      const result = await Promise.race([Promise.resolve().then(run), timeout]);
      if (result === late) log.warn('shutdown step timed out, continuing', { step: name, withinMs });
    } catch (error) {
      log.error('shutdown step failed, continuing', { step: name, error });
    } finally {
      timer.clear();
    }
  }
}
