import {
  CommandLineError,
  commaSeparated,
  describeOptions,
  flag,
  oneOf,
  option,
  parseCommandLine,
  text,
  wholeNumber,
} from '@tools/command-line';
import { allKinds } from './kinds/index.js';

const options = {
  cases: option('N', 'how many cases, from seed 0 on', wholeNumber(1, 100_000), '20'),
  seed: option('N', 'only the case of this seed', wholeNumber(0, 2 ** 31 - 1)),
  seconds: option('S', 'how long buyers come in each case', wholeNumber(5, 3_600), '30'),
  rate: option('N', 'purchases that start each second', wholeNumber(1, 20_000), '40'),
  only: option('A,B', 'only these kinds of faults', commaSeparated(oneOf(allKinds.map(({ name }) => name)))),
  real: flag('the real RocketMQ (Java) instead of the stand-in; fewer kinds, longer starts'),
  resume: flag('leave out the cases that the previous run has finished'),
  keep: flag('write the table of the results to tools/faults/RESULTS.md'),
  selection: flag('the short run of CI: every kind once, several in one case'),
  overload: flag('no faults: ten times the connections and 1.5 times the rate of saturation, for 60 s'),
  list: flag('list the kinds of faults'),
  data: option('DIR', 'where results and logs are kept', text, '.data/faults'),
};

const help = `Usage: npm run faults -- [options]

Runs sales on the whole system, each process by itself, while something is broken on purpose; waits until everything has
settled, repeats requests with the same key, and compares the answers with the ledger. A case is made from its seed
alone: kind, victim, moment and duration of its faults.

${describeOptions(options)}

Ctrl-C stops in order, a second Ctrl-C exits at once; either way every process that was started is ended.
Exit code: 0 no invariant broken, everything settled without help; 1 otherwise; 2 wrong usage; 130 stopped.
Bounds on time and memory are shown as met or missed: on a busy machine they say little.`;

/** What `npm run faults` is asked for. */
export type Options = ReturnType<typeof parseOptions>;

/** @throws CommandLineError, HelpRequest */
export function parseOptions(args: readonly string[]) {
  const { real, only = [], data: dataDir, ...rest } = parseCommandLine(args, { help, options }).values;
  const broker = real ? ('real' as const) : ('stand-in' as const);
  for (const { name, broker: needed } of allKinds)
    if (only.includes(name) && needed !== undefined && needed !== broker)
      throw new CommandLineError(`${name} needs the ${needed} RocketMQ.`);
  return { ...rest, broker, only, dataDir };
}
