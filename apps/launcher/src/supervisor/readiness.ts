import { setTimeout as sleep } from 'node:timers/promises';

/** A process whose health can be asked for. */
export interface Watched {
  readonly name: string;
  /** Where it answers GET with 200 once it is ready. */
  readonly url: string;
  /** How often it has ended by itself so far. */
  readonly endings: () => number;
}

/** A process that ends so often before it was ever ready will not become ready by more tries. */
const hopeless = 3;

/** The system did not become ready; the lines that its processes printed say why. */
export class NotReadyError extends Error {
  override readonly name = 'NotReadyError';
}

/**
 * Waits until all answer 200.
 *
 * @param onWaiting is told, every ten seconds, who is still missing and what it said
 * @throws NotReadyError after `timeoutMs`, or when one keeps ending
 */
export async function waitUntilAllReady(
  watched: readonly Watched[],
  timeoutMs: number,
  signal: AbortSignal,
  onWaiting: (line: string) => void,
): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  let told = performance.now();
  let left = watched.map((one) => ({ ...one, answer: 'no answer' }));
  for (;;) {
    const asked = await Promise.all(
      left.map(async (one) => ({ ...one, answer: await ask(one.url, signal) })),
    );
    left = asked.filter(({ answer }) => answer !== 'ready');
    if (left.length === 0 || signal.aborted) return;
    const failing = left.find(({ endings }) => endings() >= hopeless);
    if (failing)
      throw new NotReadyError(
        `${failing.name} ended ${hopeless} times before it was ready; see its lines above.`,
      );
    const missing = left.map(({ name, answer }) => `${name} (${answer})`).join(', ');
    if (performance.now() > deadline)
      throw new NotReadyError(`Not ready after ${timeoutMs / 1_000} s: ${missing}.`);
    if (performance.now() - told > 10_000) {
      told = performance.now();
      onWaiting(`waiting for ${missing}`);
    }
    await sleep(100);
  }
}

async function ask(url: string, signal: AbortSignal): Promise<string> {
  try {
    const response = await fetch(url, { signal: AbortSignal.any([signal, AbortSignal.timeout(2_000)]) });
    await response.body?.cancel();
    return response.status === 200 ? 'ready' : `says ${response.status}`;
  } catch {
    return 'no answer';
  }
}
