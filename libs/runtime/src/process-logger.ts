import { ConsoleLogger } from '@nestjs/common';

/** Nest's own announcements of every module and route: of use to nobody who runs it. */
const ANNOUNCEMENTS = new Set([
  'InstanceLoader',
  'NestApplication',
  'NestFactory',
  'NestMicroservice',
  'RouterExplorer',
  'RoutesResolver',
]);

/** The log of one process: a line for what is noteworthy, on stdout; colours only for people. */
export class ProcessLogger extends ConsoleLogger {
  constructor(name: string) {
    super({
      prefix: name,
      // Undefined, not false, when it is no terminal; and that would mean colours.
      colors: process.stdout.isTTY || false,
      logLevels: ['log', 'warn', 'error', 'fatal'],
    });
  }

  override log(message: unknown, ...rest: unknown[]): void {
    const context = rest.at(-1);
    if (typeof context === 'string' && ANNOUNCEMENTS.has(context)) return;
    super.log(message, ...rest);
  }
}
