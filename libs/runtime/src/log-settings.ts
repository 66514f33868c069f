import { z } from 'zod';
import { readSettings } from './settings.js';

const schema = z.object({
  LOG_FORMAT: z
    .enum(['json', 'text'], 'json for machines, text for people; json when not set')
    .default('json'),
  LOG_LEVEL: z
    .enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace'], 'fatal, error, warn, info, debug or trace')
    .default('info'),
});

/** The format and level of a process's log. */
export interface LogSettings {
  format: 'json' | 'text';
  /** Lines of lower importance are not written. */
  level: 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace';
}

/** Reads LOG_FORMAT and LOG_LEVEL. @throws SettingsError that says what to set */
export function readLogSettings(environment: NodeJS.ProcessEnv): LogSettings {
  const { LOG_FORMAT, LOG_LEVEL } = readSettings(schema, environment);
  return { format: LOG_FORMAT, level: LOG_LEVEL };
}
