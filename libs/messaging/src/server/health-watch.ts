import { sleep, type Clock } from '@seckill/clock';
import type { Availability } from './availability.js';

/** Interval and timeout of the health check, in ms. */
const HEALTH_EVERY_MS = 1_000;
const HEALTH_WITHIN_MS = 5_000;

/** Runs the health check once a second and reports the result to `availability`, until `signal` is aborted. */
export async function watchHealth(
  health: () => Promise<void>,
  availability: Availability,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  for (; !signal.aborted; await sleep(clock, HEALTH_EVERY_MS, signal)) {
    const answered = new AbortController();
    const timeout = sleep(clock, HEALTH_WITHIN_MS, answered.signal).then(() => {
      throw new Error(`health check timed out after ${HEALTH_WITHIN_MS} ms`);
    });
    // It has no other handler when `health` throws synchronously.
    timeout.catch(() => undefined);
    try {
      await Promise.race([health(), timeout]);
      availability.healthy();
    } catch (error) {
      availability.unhealthy(error instanceof Error ? error.message : String(error));
    } finally {
      answered.abort();
    }
  }
}
