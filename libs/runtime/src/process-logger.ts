import type { LoggerService } from '@nestjs/common';
import type { LogFields } from '@seckill/log';
import { destination, pino, stdSerializers, type DestinationStream, type Logger } from 'pino';
import { asText } from './log-text.js';
import type { LogSettings } from './log-settings.js';

/** Nest logs every module and route under these names. Operators do not need that. */
const NEST_START_UP = new Set([
  'InstanceLoader',
  'NestApplication',
  'NestFactory',
  'NestMicroservice',
  'RouterExplorer',
  'RoutesResolver',
]);

type Level = 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace';

/**
 * The log of one process behind Nest's Logger: one line per event on stdout, as JSON written by pino or as text.
 * `logger.warn('ledger unavailable', { reason })` becomes one line with the message, the fields and the
 * logger's name. A field `error` that is an Error is written with its stack. Other arguments that Nest or a library
 * passes are kept as well: stacks as `stack`, the rest as `details`.
 */
export class ProcessLogger implements LoggerService {
  readonly #pino: Logger;

  /**
   * @param base fields of every line: the name of the app, its instance
   * @param to where lines are written. @default stdout, synchronously, so that a process that exits loses no line
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
    if (typeof context === 'string' && NEST_START_UP.has(context)) return;
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

  /** Nest's Logger always passes its context as the last argument. */
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
