import { setTimeout as sleep } from 'node:timers/promises';

/** What is started, and stopped by a signal. */
export interface Stoppable<T> {
  /** Resolves once it runs; with undefined when it was stopped before. */
  start(): Promise<T | undefined>;
  stop(): Promise<void>;
  kill(): Promise<void>;
}

/** What cannot be killed by then is left to the next start. */
const killMs = 5_000;

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Runs it until the first signal stops it in order; a second one ends it at once. When the start fails, what was
 * started until then is stopped too.
 */
export async function untilStopped<T>(system: Stoppable<T>, onRunning: (running: T) => void): Promise<void> {
  // Children that wait to be started again, and Postgres in its own session, would not keep this process alive.
  const alive = setInterval(() => undefined, 60_000);
  const ended = new Promise<void>((resolve, reject) => {
    let received = 0;
    const onSignal = () => {
      received++;
      if (received === 1) system.stop().then(resolve, reject);
      if (received > 1) void Promise.race([system.kill(), sleep(killMs)]).finally(() => process.exit(1));
    };
    for (const signal of signals) process.on(signal, onSignal);
  });
  // Its failure counts once the start is over.
  ended.catch(() => undefined);
  try {
    const running = await system.start();
    if (running !== undefined) onRunning(running);
    await ended;
  } catch (error) {
    await system.stop();
    throw error;
  } finally {
    clearInterval(alive);
  }
}
