import { Logger } from '@nestjs/common';
import { readLogSettings } from './log-settings.js';
import { ProcessLogger } from './process-logger.js';
import { SettingsError } from './settings.js';

/** A started process. */
export interface Running {
  /** Stops in order. Has bounds of its own. */
  stop(): Promise<void>;
  /** The sum of these bounds, ms: whoever stops the process has to give it more than this before a SIGKILL. */
  readonly stopWithinMs: number;
}

/** Which process this is. */
export interface ProcessIdentity {
  /** The app, as in `apps/<name>`. */
  app: string;
  /** Its id in the registry, new for every start. */
  instanceId: string;
}

/**
 * Runs one app as this process: starts it, stops it in order on SIGTERM or SIGINT, ends at once on a second signal.
 * What keeps it from starting is told in one line, and the exit code is 1. Every line of its log names the process.
 *
 * An unhandled rejection or exception ends the process with exit code 1: its state is unknown then, and everything
 * that matters is durable elsewhere.
 */
export async function run(identity: ProcessIdentity, start: () => Promise<Running>): Promise<void> {
  const base = { app: identity.app, pid: process.pid, instanceId: identity.instanceId };
  Logger.overrideLogger(new ProcessLogger(base, { format: 'json', level: 'info' }));
  const log = new Logger('process');
  let running: Running | undefined;
  let signals = 0;
  const onSignal = (signal: NodeJS.Signals) => {
    signals++;
    if (signals > 1) {
      log.warn('a second signal, ending at once', { signal });
      process.exit(1);
    }
    log.log('stopping', { signal, withinMs: running?.stopWithinMs });
    void (running?.stop() ?? Promise.resolve()).then(
      () => process.exit(0),
      (error: unknown) => fail('stopping failed', { error }),
    );
  };
  const fail = (message: string, fields: Record<string, unknown>) => {
    log.fatal(message, fields);
    process.exit(1);
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
  process.on('uncaughtException', (error) => fail('ending, since nobody caught an error', { error }));
  try {
    Logger.overrideLogger(new ProcessLogger(base, readLogSettings(process.env)));
    running = await start();
    if (signals > 0) await running.stop().finally(() => process.exit(0));
  } catch (error) {
    const reason = reasonOf(error);
    if (reason === undefined) fail('cannot start', { error });
    else fail(`cannot start: ${reason}`, {});
  }
}

/** An operator's mistake in one line; undefined for a defect, which is told with its stack. */
function reasonOf(error: unknown): string | undefined {
  if (error instanceof SettingsError) return error.message;
  if (!(error instanceof Error)) return String(error);
  return (error as { code?: unknown }).code === undefined ? undefined : error.message;
}
