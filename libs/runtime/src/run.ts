import { Logger } from '@nestjs/common';
import { ProcessLogger } from './process-logger.js';
import { SettingsError } from './settings.js';

/** A started process. */
export interface Running {
  /** Stops in order. Has bounds of its own. */
  stop(): Promise<void>;
}

/**
 * Runs one app as this process: starts it, stops it in order on SIGTERM or SIGINT, ends at once on a second signal.
 * What keeps it from starting is told in one line, and the exit code is 1.
 *
 * An unhandled rejection or exception ends the process with exit code 1: its state is unknown then, and everything
 * that matters is durable elsewhere.
 */
export async function run(name: string, start: () => Promise<Running>): Promise<void> {
  Logger.overrideLogger(new ProcessLogger(name));
  const log = new Logger('process');
  let running: Running | undefined;
  let signals = 0;
  const onSignal = (signal: NodeJS.Signals) => {
    signals++;
    if (signals > 1) {
      log.warn(`${signal} again, ending at once`);
      process.exit(1);
    }
    log.log(`${signal}, stopping`);
    void (running?.stop() ?? Promise.resolve()).then(
      () => process.exit(0),
      (error: unknown) => fail(`stopping failed: ${String(error)}`),
    );
  };
  const fail = (reason: string) => {
    log.error(reason);
    process.exit(1);
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
  process.on('uncaughtException', (error) => fail(`uncaught: ${error.stack ?? String(error)}`));
  try {
    running = await start();
    if (signals > 0) await running.stop().finally(() => process.exit(0));
  } catch (error) {
    const known = error instanceof SettingsError || !(error instanceof Error);
    fail(`cannot start: ${known ? String(error) : describe(error)}`);
  }
}

/** An operator's mistake in one line; a defect with its stack. */
function describe(error: Error & { code?: string }): string {
  return error.code === undefined ? (error.stack ?? error.message) : error.message;
}
