import { sleep, type Clock } from '@seckill/clock';
import type { Availability } from './availability.js';

/** How often health is asked for, and how long it may take to answer, in ms. */
const HEALTH_EVERY_MS = 1_000;
const HEALTH_WITHIN_MS = 5_000;

/** Asks once a second whether what handlers need is there, and tells `availability`, until `signal` is aborted. */
export async function watchHealth(
  health: () => Promise<void>,
  availability: Availability,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  for (; !signal.aborted; await sleep(clock, HEALTH_EVERY_MS, signal)) {
    const answered = new AbortController();
    const silence = sleep(clock, HEALTH_WITHIN_MS, answered.signal).then(() => {
      throw new Error(`no word of health within ${HEALTH_WITHIN_MS} ms`);
    });
    // Nobody listens to it when `health` throws at once.
    silence.catch(() => undefined);
    try {
      await Promise.race([health(), silence]);
      availability.back();
    } catch (error) {
      availability.away(error instanceof Error ? error.message : String(error));
    } finally {
      answered.abort();
    }
  }
}
