/**
 * Pause before the next try, in ms: 50 after the first failure, then doubled up to `longest`. No randomness: the few
 * instances of a registry do not need to be spread.
 */
export function backoff(failures: number, longest: number): number {
  return Math.min(longest, 50 * 2 ** Math.min(failures - 1, 20));
}
