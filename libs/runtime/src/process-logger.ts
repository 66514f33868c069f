import type { LoggerService } from '@nestjs/common';
import { destination, pino, stdSerializers, type DestinationStream, type Logger } from 'pino';
import { asText } from './log-text.js';
import type { LogSettings } from './log-settings.js';

/** Nest's own announcements of every module and route: of use to nobody who runs it. */
const ANNOUNCEMENTS = new Set([
  'InstanceLoader',
  'NestApplication',
  'NestFactory',
  'NestMicroservice',
  'RouterExplorer',
  'RoutesResolver',
]);

/** What is known of an event besides its words, by name. An `error` that is an Error is written with its stack. */
export type LogFields = Record<string, unknown>;

type Level = 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace';

/**
 * The log of one process behind Nest's Logger: a line for each noteworthy event, on stdout, in JSON by pino or as text.
 * `logger.warn('ledger unavailable', { reason })` becomes one line with the words, the fields, and who says so.
 * Whatever else Nest or a library hands to a logger stands in the line as well: stacks as `stack`, the rest as `details`.
 */
export class ProcessLogger implements LoggerService {
  readonly #pino: Logger;

  /**
   * @param base fields of every line: the name of the app, its instance
   * @param to where lines go. @default stdout, written before the call returns: a process that ends loses no line
   */
  constructor(base: LogFields, { level, format }: LogSettings, to: DestinationStream = destination(1)) {
    this.#pino = pino(
      {
        level,
        base,
        messageKey: 'message',
        timestamp: pino.stdTimeFunctions.isoTime,
        formatters: { level: (label) => ({ level: label }) },
        serializers: { error: stdSerializers.err },
      },
      format === 'json' ? to : { write: (line) => to.write(asText(line)) },
    );
  }

  log(message: unknown, ...rest: unknown[]): void {
    const context = rest.at(-1);
    if (typeof context === 'string' && ANNOUNCEMENTS.has(context)) return;
    this.#write('info', message, rest);
  }

  warn(message: unknown, ...rest: unknown[]): void {
    this.#write('warn', message, rest);
  }

  error(message: unknown, ...rest: unknown[]): void {
    this.#write('error', message, rest);
  }

  fatal(message: unknown, ...rest: unknown[]): void {
    this.#write('fatal', message, rest);
  }

  debug(message: unknown, ...rest: unknown[]): void {
    this.#write('debug', message, rest);
  }

  verbose(message: unknown, ...rest: unknown[]): void {
    this.#write('trace', message, rest);
  }

  /** Nest's Logger puts its context last, whatever stands before. */
  #write(level: Level, message: unknown, rest: readonly unknown[]): void {
    const words: string[] = [];
    const fields: LogFields = {};
    const details: unknown[] = [];
    const last = rest.at(-1);
    const hasContext = typeof last === 'string';
    if (hasContext) fields['context'] = last;
    for (const part of [message, ...(hasContext ? rest.slice(0, -1) : rest)]) {
      if (part instanceof Error) Object.assign(fields, { error: part });
      else if (typeof part === 'object' && part !== null && !Array.isArray(part)) Object.assign(fields, part);
      else if (typeof part === 'string' && /\n\s+at /.test(part) && part !== message) fields['stack'] = part;
      else if (part === message) words.push(String(part));
      else if (part !== undefined) details.push(part);
    }
    if (details.length > 0) fields['details'] = details;
    const error = fields['error'];
    this.#pino[level](fields, words[0] ?? (error instanceof Error ? error.message : undefined));
  }
}
