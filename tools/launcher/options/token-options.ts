import { CommandLineError, type OptionTable, describeOptions, takeApart } from './command-line.js';
import { parseDuration } from './duration.js';

const table: OptionTable = {
  sub: { type: 'string', value: 'USER', help: 'whose token it is' },
  scope: { type: 'string', value: 'SCOPE', help: 'what it allows besides buying, such as sales:admin' },
  expires: { type: 'string', value: 'TIME', help: 'how long it is good for: 90s, 15m, 1h (default), 7d' },
  data: { type: 'string', value: 'DIR', help: 'where the running system keeps its data (.data)' },
};

/** What `npm run token` is asked for. */
export interface TokenOptions {
  readonly help: boolean;
  readonly sub: string;
  readonly scope: string | undefined;
  readonly expiresMs: number;
  readonly dataDir: string;
}

/** The help text. */
export const tokenHelp = `Usage: npm run --silent token -- --sub USER [options]

Prints a token for the system that \`npm start\` runs.

${describeOptions(table)}`;

/** @throws CommandLineError that says what to write instead */
export function parseTokenOptions(args: readonly string[]): TokenOptions {
  const { positionals, values } = takeApart(args, table);
  if (positionals.length > 0) throw new CommandLineError(`"${positionals[0]}" is one word too many.`);
  const help = values['help'] === true;
  const sub = String(values['sub'] ?? '');
  if (!help && (sub.length === 0 || sub.length > 128))
    throw new CommandLineError('--sub takes a user id of 1 to 128 characters, as in --sub 42.');
  const scope = values['scope'];
  return {
    help,
    sub,
    scope: scope === undefined ? undefined : String(scope),
    expiresMs: parseDuration('expires', String(values['expires'] ?? '1h')),
    dataDir: String(values['data'] ?? '.data'),
  };
}
