import {
  CommandLineError,
  type OptionTable,
  describeOptions,
  takeApart,
  wholeNumber,
} from './command-line.js';

const commands = ['list', 'show', 'replay', 'drop'] as const;

const table: OptionTable = {
  all: { type: 'boolean', help: 'replay, drop: every letter' },
  limit: { type: 'string', value: 'N', help: 'list: at most so many (100)' },
  endpoints: {
    type: 'string',
    value: 'HOST:PORT',
    help: "RocketMQ's proxy (ROCKETMQ_ENDPOINTS, else the stand-in that runs here)",
  },
  data: { type: 'string', value: 'DIR', help: "the stand-in's data directory (.data/stand-in)" },
};

/** What `npm run dead-letters` is asked to do. */
export interface DeadLettersCommand {
  readonly command: (typeof commands)[number] | 'help';
  /** Ids of letters, or the beginnings of request ids. Empty with `all`. */
  readonly ids: readonly string[];
  readonly all: boolean;
  readonly limit: number;
  readonly endpoints: string | undefined;
  readonly dataDir: string;
}

/** The help text. */
export const deadLettersHelp = `Usage: npm run dead-letters -- [command] [options]

Purchases that nobody could handle, each with the reason. They stay until somebody decides about them.

  list              (default) one line each
  show ID…          everything that is known of a letter
  replay ID…        sends it to the handlers again, its failures forgotten; then it is gone from here
  drop ID…          forgets it for good

An ID is that of a letter or of a request in it. Letters that somebody has just looked at are hidden for a second.

${describeOptions(table)}`;

/** @throws CommandLineError that says what to write instead */
export function parseDeadLettersOptions(args: readonly string[]): DeadLettersCommand {
  const { positionals, values } = takeApart(args, table);
  const [command = 'list', ...ids] = positionals;
  const known = commands.find((name) => name === command);
  if (!known) throw new CommandLineError(`There is no command "${command}". --help shows what there is.`);
  const all = values['all'] === true;
  const help = values['help'] === true;
  if (!help && known === 'list' && ids.length > 0)
    throw new CommandLineError(`"${ids[0]}" is one word too many: show ${ids[0]} shows one letter.`);
  if (!help && known === 'show' && ids.length === 0)
    throw new CommandLineError('show takes the ID of a letter; list shows them.');
  if (!help && (known === 'replay' || known === 'drop') && ids.length > 0 === all)
    throw new CommandLineError(`${known} takes either IDs of letters or --all.`);
  return {
    command: help ? 'help' : known,
    ids,
    all,
    limit: wholeNumber('limit', String(values['limit'] ?? 100), 1, 100_000),
    endpoints: values['endpoints'] === undefined ? undefined : String(values['endpoints']),
    dataDir: String(values['data'] ?? '.data/stand-in'),
  };
}
