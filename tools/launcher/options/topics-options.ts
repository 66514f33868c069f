import { CommandLineError, type OptionTable, describeOptions, takeApart } from './command-line.js';

const table: OptionTable = {
  data: { type: 'string', value: 'DIR', help: "the stand-in's data directory (.data/stand-in)" },
  all: { type: 'boolean', help: 'queues without messages and dead-letter topics, too' },
};

/** What `npm run topics` is asked for. */
export interface TopicsOptions {
  readonly help: boolean;
  readonly dataDir: string;
  readonly all: boolean;
}

/** The help text. */
export const topicsHelp = `Usage: npm run topics -- [options]

Shows topics × queues × consumer groups of the RocketMQ stand-in that runs: where each queue ends, how far each
group is, what it holds and what it has still to do.

${describeOptions(table)}`;

/** @throws CommandLineError that says what to write instead */
export function parseTopicsOptions(args: readonly string[]): TopicsOptions {
  const { positionals, values } = takeApart(args, table);
  if (positionals.length > 0)
    throw new CommandLineError(`"${positionals[0]}" is one word too many. --help shows what there is.`);
  return {
    help: values['help'] === true,
    dataDir: String(values['data'] ?? '.data/stand-in'),
    all: values['all'] === true,
  };
}
