import {
  CommandLineError,
  describeOptions,
  duration,
  option,
  parseCommandLine,
  text,
} from '@tools/command-line';

const options = {
  sub: option('USER', "the user's id, up to 128 characters", text),
  scope: option('SCOPE', 'what it allows besides buying, such as sales:admin', text),
  expires: option('TIME', 'valid for: 90s, 15m, 1h, 7d', duration, '1h'),
  data: option('DIR', 'data directory of the running system', text, '.data'),
};

const help = `Usage: npm run --silent token -- --sub USER [options]

Prints a token for the system that \`npm start\` runs.

${describeOptions(options)}`;

/** @throws CommandLineError, HelpRequest */
export function parseTokenOptions(args: readonly string[]) {
  const { sub, scope, expires: expiresMs, data: dataDir } = parseCommandLine(args, { help, options }).values;
  if (!sub || sub.length > 128)
    throw new CommandLineError('--sub takes a user id of 1 to 128 characters, as in --sub 42.');
  return { sub, scope, expiresMs, dataDir };
}
