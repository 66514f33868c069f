import {
  CommandLineError,
  describeOptions,
  flag,
  oneOf,
  option,
  parseCommandLine,
  text,
  wholeNumber,
} from '@tools/command-line';

const options = {
  all: flag('replay, drop: every dead letter'),
  limit: option('N', 'list: at most so many', wholeNumber(1, 100_000), '100'),
  endpoints: option(
    'HOST:PORT',
    "RocketMQ's proxy (ROCKETMQ_ENDPOINTS, else the stand-in that runs here)",
    text,
  ),
  data: option('DIR', "the stand-in's data directory", text, '.data/stand-in'),
};

const help = `Usage: npm run dead-letters -- [command] [options]

Purchases that failed for good, each with the reason. They stay until they are replayed or dropped.

  list              (default) one line each
  show ID…          everything that is known of a dead letter
  replay ID…        sends it to the handlers again, with its failures reset, and removes it from here
  drop ID…          deletes it

An ID is that of a dead letter or of a request in it. A dead letter that was just read is hidden for a second.

${describeOptions(options)}`;

/** @throws CommandLineError, HelpRequest */
export function parseDeadLettersOptions(args: readonly string[]) {
  const { words, values } = parseCommandLine(args, { help, options, words: Infinity });
  const [first = 'list', ...ids] = words;
  const command = oneOf(['list', 'show', 'replay', 'drop'])(first, 'The command');
  const { data: dataDir, all, ...rest } = values;
  if (command === 'list' && ids.length > 0)
    throw new CommandLineError(`Unexpected argument "${ids[0]}". To see one dead letter: show ${ids[0]}.`);
  if (command === 'show' && ids.length === 0)
    throw new CommandLineError('show takes the ID of a dead letter; list shows them.');
  if ((command === 'replay' || command === 'drop') && ids.length > 0 === all)
    throw new CommandLineError(`${command} takes either IDs of dead letters or --all.`);
  return { ...rest, command, ids, all, dataDir };
}
