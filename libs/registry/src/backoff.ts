/**
 * Pause before the next attempt, in ms: 50 after the first failure, then doubled up to `longest`. Without jitter: a
 * registry has few instances.
 */
export function backoff(failures: number, longest: number): number {
  return Math.min(longest, 50 * 2 ** Math.min(failures - 1, 20));
}
