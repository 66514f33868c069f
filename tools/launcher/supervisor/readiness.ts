import { setTimeout as sleep } from 'node:timers/promises';
import { accepts } from '@seckill/embedded';
import { ExplainedError } from '@tools/command-line';

/** A process that can be asked whether it is ready. */
export interface Watched {
  readonly name: string;
  /** Says `ready`, or in words why not yet. */
  readonly ask: (signal: AbortSignal) => Promise<string>;
  /** How often it has ended by itself so far. */
  readonly endings: () => number;
}

/** A process that ends so often before it was ever ready will not become ready by more tries. */
const hopeless = 3;

/** The system did not become ready; the lines that its processes printed say why. */
export class NotReadyError extends ExplainedError {
  override readonly name = 'NotReadyError';
}

/**
 * Waits until all are ready.
 *
 * @param onWaiting receives, every ten seconds, what is not ready yet and its last answer
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
    const asked = await Promise.all(left.map(async (one) => ({ ...one, answer: await one.ask(signal) })));
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

/** Asks over HTTP: ready is 200. */
export async function askHealth(url: string, signal: AbortSignal): Promise<string> {
  try {
    const response = await fetch(url, { signal: AbortSignal.any([signal, AbortSignal.timeout(2_000)]) });
    await response.body?.cancel();
    return response.status === 200 ? 'ready' : `says ${response.status}`;
  } catch {
    return 'no answer';
  }
}

/** Asks by connecting: ready is a port of this machine that accepts. */
export async function askPort(port: number): Promise<string> {
  return (await accepts(port)) ? 'ready' : `no listener on ${port}`;
}
