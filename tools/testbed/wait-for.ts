import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Waits until `probe` says something other than undefined or false, and returns it. The bound only ends what hangs.
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
  for (;;) {
    try {
      const result = await probe();
      if (result !== undefined && result !== false) return result;
    } catch (error) {
      cause = error;
    }
    if (performance.now() > deadline)
      throw new Error(`${what} did not happen within ${timeoutMs} ms`, { cause });
    await sleep(everyMs);
  }
}
