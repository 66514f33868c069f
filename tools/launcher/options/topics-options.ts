import { describeOptions, flag, option, parseCommandLine, text } from '@tools/command-line';

const options = {
  data: option('DIR', "the stand-in's data directory", text, '.data/stand-in'),
  all: flag('show empty queues and dead-letter topics, too'),
};

const help = `Usage: npm run topics -- [options]

Shows topics × queues × consumer groups of the running RocketMQ stand-in: the end of each queue, and each group's
offset, messages in flight, and lag.

${describeOptions(options)}`;

/** @throws CommandLineError, HelpRequest */
export function parseTopicsOptions(args: readonly string[]) {
  const { data: dataDir, all } = parseCommandLine(args, { help, options }).values;
  return { dataDir, all };
}
