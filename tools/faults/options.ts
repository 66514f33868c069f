import { parseArgs } from 'node:util';
import { allKinds } from './kinds/index.js';

/** The command line cannot be understood. Its message says what to write instead. */
export class CommandLineError extends Error {
  override readonly name = 'CommandLineError';
}

/** What `npm run faults` is asked for. */
export interface Options {
  readonly help: boolean;
  readonly list: boolean;
  readonly overload: boolean;
  readonly selection: boolean;
  readonly broker: 'stand-in' | 'real';
  readonly cases: number;
  /** This one alone. */
  readonly seed: number | undefined;
  readonly seconds: number;
  readonly rate: number;
  readonly only: readonly string[];
  readonly resume: boolean;
  readonly keep: boolean;
  readonly dataDir: string;
}

export const help = `Usage: npm run faults -- [options]

Runs sales on the whole system, each process by itself, while something is broken on purpose; waits until all has
settled, repeats requests with the same key, and compares what buyers were told with the ledger. A case is made from
its seed alone: kind, victim, moment and duration of its faults.

  --cases N        how many cases, from seed 0 on (20)
  --seed N         only the case of this seed
  --seconds S      how long buyers come in each case (30)
  --rate N         purchases that are begun each second (40)
  --only A,B       only these kinds of faults
  --real           the real RocketMQ (Java) instead of the stand-in; fewer kinds, longer starts
  --resume         leave out what the run before has done already
  --keep           write the table of the results to tools/faults/RESULTS.md
  --selection      the short run of CI: every kind once, several in one case
  --overload       no faults: ten times the connections and 1.5 times the rate that it can bear, for 60 s
  --list           the kinds of faults
  --data DIR       where results and logs are kept (.data/faults)
  --help           show this

Ctrl-C stops in order, a second one at once; either way nothing that was started goes on.
Exit code: 0 no invariant broken, all settled, nobody had to help; 1 otherwise; 2 bad usage; 130 stopped.
Bounds on time and memory are told as met or missed: on a busy machine they say little.`;

const table = {
  cases: { type: 'string' },
  seed: { type: 'string' },
  seconds: { type: 'string' },
  rate: { type: 'string' },
  only: { type: 'string' },
  data: { type: 'string' },
  real: { type: 'boolean' },
  resume: { type: 'boolean' },
  keep: { type: 'boolean' },
  selection: { type: 'boolean' },
  overload: { type: 'boolean' },
  list: { type: 'boolean' },
  help: { type: 'boolean' },
} as const;

/** @throws CommandLineError */
export function parseOptions(args: readonly string[]): Options {
  const values = takeApart(args);
  const broker = values.real ? 'real' : 'stand-in';
  const only = values.only === undefined ? [] : values.only.split(',');
  for (const name of only) {
    const kind = allKinds.find((one) => one.name === name);
    if (!kind) throw new CommandLineError(`There is no kind "${name}". --list shows them.`);
    if (kind.broker !== undefined && kind.broker !== broker)
      throw new CommandLineError(`${name} can only be had on the ${kind.broker} RocketMQ.`);
  }
  return {
    help: values.help === true,
    list: values.list === true,
    overload: values.overload === true,
    selection: values.selection === true,
    broker,
    cases: whole('cases', values.cases ?? '20', 1, 100_000),
    seed: values.seed === undefined ? undefined : whole('seed', values.seed, 0, 2 ** 31 - 1),
    seconds: whole('seconds', values.seconds ?? '30', 5, 3_600),
    rate: whole('rate', values.rate ?? '40', 1, 20_000),
    only,
    resume: values.resume === true,
    keep: values.keep === true,
    dataDir: values.data ?? '.data/faults',
  };
}

function takeApart(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: table }).values;
  } catch (cause) {
    const [first = ''] = (cause as Error).message.split(/\. |\n/);
    throw new CommandLineError(`${first.replace(/\.$/, '')}. --help shows what there is.`, { cause });
  }
}

function whole(name: string, text: string, least: number, most: number): number {
  const number = Number(text);
  if (!/^\d+$/.test(text) || number < least || number > most)
    throw new CommandLineError(`--${name} takes a whole number from ${least} to ${most}, not "${text}".`);
  return number;
}
