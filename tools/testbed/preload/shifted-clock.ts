import { join } from 'node:path';
import { repositoryRoot } from '@seckill/embedded';

/**
 * For {@link System.startApp}: SIGHUP steps the clock of that process by `ms`, and a second one steps it back.
 * @param from `start`: it is off already, and the first SIGHUP sets it right
 */
export function shiftedClock(
  ms: number,
  from: 'signal' | 'start' = 'signal',
): { preloads: string[]; env: Record<string, string> } {
  return {
    preloads: [join(repositoryRoot(), 'dist', 'tools', 'testbed', 'preload', 'shift-clock.js')],
    env: { CLOCK_SHIFT_MS: String(ms), ...(from === 'start' && { CLOCK_SHIFTED: '1' }) },
  };
}
