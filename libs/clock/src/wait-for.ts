import { setTimeout as sleep } from 'node:timers/promises';

/**
 * For tests and tools: waits until `probe` returns something other than undefined or false, and returns it. Probes often
 * at first, then less often, by the machine's own time. The bound only ends what hangs.
 *
 * @param what completes the sentence "… did not happen within …"
 * @throws Error when it does not happen within `timeoutMs`; its cause is what the probe threw last
 */
export async function waitFor<T>(
  what: string,
  probe: () => Promise<T | undefined | false> | T | undefined | false,
  { timeoutMs = 120_000, everyMs = 50 }: { timeoutMs?: number; everyMs?: number } = {},
): Promise<T> {
  const deadline = performance.now() + timeoutMs;
  let cause: unknown;
  for (let probes = 1; ; probes++) {
    try {
      const result = await probe();
      if (result !== undefined && result !== false) return result;
    } catch (error) {
      cause = error;
    }
    if (performance.now() > deadline)
      throw new Error(`${what} did not happen within ${timeoutMs} ms`, { cause });
    await sleep(Math.min(5 * probes, everyMs));
  }
}

/**
 * For tests: waits until a condition holds. Its source text says what did not happen.
 *
 * @throws Error when it does not hold within `timeoutMs`, and at once what the condition throws
 */
export async function until(
  condition: () => boolean | Promise<boolean>,
  timeoutMs: number = 60_000,
): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  for (let probes = 1; !(await condition()); probes++) {
    if (performance.now() > deadline)
      throw new Error(`${String(condition)} did not happen within ${timeoutMs} ms`);
    await sleep(Math.min(5 * probes, 50));
  }
}
