import { Logger } from '@nestjs/common';
import { readLogSettings } from './log-settings.js';
import { ProcessLogger } from './process-logger.js';
import { SettingsError } from './settings.js';

/** A started process. */
export interface Running {
  /** Shuts down step by step; each step is bounded. */
  stop(): Promise<void>;
  /** The sum of these bounds, in ms. Wait longer than this before a SIGKILL. */
  readonly stopWithinMs: number;
}

/** Names this process in its log. */
export interface ProcessIdentity {
  /** The app, as in `apps/<name>`. */
  app: string;
  /** Its id in the registry, new for every start. */
  instanceId: string;
}

/**
 * Runs one app as this process: starts it, shuts it down in order on SIGTERM or SIGINT, and exits immediately on a
 * second signal. When it cannot start, it logs the reason in one line and exits with code 1. Each line of its log names
 * the process.
 *
 * An uncaught exception or unhandled rejection exits the process with code 1: its state is unknown then, and all that
 * matters is durable elsewhere.
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
      log.warn('second signal, exiting immediately', { signal });
      process.exit(1);
    }
    log.log('shutting down', { signal, withinMs: running?.stopWithinMs });
    void (running?.stop() ?? Promise.resolve()).then(
      () => process.exit(0),
      (error: unknown) => fail('shutdown failed', { error }),
    );
  };
  const fail = (message: string, fields: Record<string, unknown>) => {
    log.fatal(message, fields);
    process.exit(1);
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
  process.on('uncaughtException', (error) => fail('uncaught exception, exiting', { error }));
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

/** An operator's mistake in one line; undefined for a defect, which is logged with its stack. */
function reasonOf(error: unknown): string | undefined {
  if (error instanceof SettingsError) return error.message;
  if (!(error instanceof Error)) return String(error);
  return (error as { code?: unknown }).code === undefined ? undefined : error.message;
}
