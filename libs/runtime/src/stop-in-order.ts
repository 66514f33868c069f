import { systemClock, type Clock } from '@seckill/clock';

/** One step of shutting down. */
export interface StopStep {
  /** What it does, for the log. */
  name: string;
  /** Gives up on this step after so many ms; the next one follows all the same. */
  withinMs: number;
  run: () => unknown;
}

/** Where a library tells what is noteworthy. Nest's Logger fits. */
export interface Log {
  log(message: string): void;
  warn(message: string): void;
  error(message: string): void;
}

/** Runs the steps one after the other. A step that fails or takes too long is logged and does not stop the rest. */
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
      if (result === late) log.warn(`stopping: ${name} took longer than ${withinMs} ms, going on`);
    } catch (error) {
      log.error(`stopping: ${name} failed: ${String(error)}`);
    } finally {
      timer.clear();
    }
  }
}
