import {
  CommandLineError,
  describeOptions,
  takeApart,
  wholeNumber,
  type OptionTable,
} from '../../launcher/options/command-line.js';
import { contestantNames, contestantTitles, type ContestantName } from '../contestants/contestant.js';

/** What can be measured, in the order in which it is. `soak` runs only when it is named. */
export const partNames = [
  'closed',
  'open',
  'transport',
  'inventory',
  'growth',
  'held',
  'rows',
  'soak',
  'report',
] as const;

/** @see partNames */
export type PartName = (typeof partNames)[number];

const partHelp: Readonly<Record<PartName, string>> = {
  closed: 'requests/s, latency, CPU, messages and commits by connections, beside the peers',
  open: 'latency at 25, 50 and 75 % of the saturation rate, requests arriving at a fixed rate',
  transport: 'the transport alone: an echo handler, 1 to 1,024 requests in flight',
  inventory: 'inventory alone, beside row locks and a plain multi-row insert',
  growth: 'more services, more inventories, more items',
  held: 'memory of waiters and of held requests',
  rows: 'does the rate hold when the table of outcomes is large?',
  soak: 'this system alone for --minutes; only when named',
  report: 'tables, targets and plots of what was measured before',
};

const table: OptionTable = {
  embedded: { type: 'boolean', help: 'on the stand-in instead of the real RocketMQ (needs no Java)' },
  connections: { type: 'string', value: 'N,…', help: 'closed loop: connections (1,64,256,1024,4096)' },
  items: { type: 'string', value: 'N,…', help: 'closed loop: items that buyers are spread over (1,100)' },
  peers: {
    type: 'string',
    value: 'NAME,…',
    help: `closed and open loop: who is measured (${contestantNames.join(',')})`,
  },
  seconds: { type: 'string', value: 'N', help: 'that count of each round, after a second of ramp (5)' },
  rounds: {
    type: 'string',
    value: 'N',
    help: 'of each cell; the contestants take turns, the median is told (3)',
  },
  rows: { type: 'string', value: 'N,…', help: 'rows: outcomes in the table (1000000,5000000)' },
  minutes: { type: 'string', value: 'N', help: 'soak: how long (10)' },
  anchor: {
    type: 'string',
    value: 'DIR',
    help: 'raw-pipeline, if there is one (../shared/anchors/raw-pipeline)',
  },
  out: { type: 'string', value: 'DIR', help: 'where results are written and read (tools/bench/results)' },
  plots: {
    type: 'string',
    value: 'DIR',
    help: 'where plots are written (tools/bench/plots; plots/ of --out when that is given)',
  },
  resume: { type: 'boolean', help: 'leave out parts whose results are complete' },
};

/** What `npm run bench` is asked for. */
export interface BenchOptions {
  readonly help: boolean;
  readonly parts: readonly PartName[];
  readonly rocketmq: 'real' | 'stand-in';
  readonly connections: readonly number[];
  readonly items: readonly number[];
  readonly peers: readonly ContestantName[];
  readonly seconds: number;
  readonly rounds: number;
  readonly rows: readonly number[];
  readonly minutes: number;
  readonly anchor: string;
  readonly out: string;
  readonly plots: string;
  readonly resume: boolean;
}

const lines = <Name extends string>(names: readonly Name[], words: Readonly<Record<Name, string>>) =>
  names.map((name) => `  ${name.padEnd(11)}${words[name]}`).join('\n');

/** The help text. */
export const benchHelp = `Usage: npm run bench -- [parts] [options]

Measures the built system with production's settings: synchronous flush, fsync, tokens and checks on. Every process, the
load generator included, runs on this machine. Results are written after each part.

Parts (all but soak when none is named):
${lines(partNames, partHelp)}

Options:
${describeOptions(table)}

Who is measured side by side:
${lines(contestantNames, contestantTitles)}

A quick look at this system alone:  npm run bench -- closed --peers ours --connections 256 --items 1 --rounds 1
Exit code: 0 measured, 1 something failed, 2 bad usage. A missed target is told, and is no failure.`;

/** @throws CommandLineError that says what to write instead */
export function parseBenchOptions(args: readonly string[]): BenchOptions {
  const { positionals, values } = takeApart(args, table);
  const text = (name: string, standard: string) => String(values[name] ?? standard);
  const number = (name: string, standard: number, most: number) =>
    wholeNumber(name, text(name, String(standard)), 1, most);
  const numbers = (name: string, standard: string, most: number) =>
    text(name, standard)
      .split(',')
      .map((one) => wholeNumber(name, one, 1, most));
  const named = positionals.map((word) => oneOf('part', word, partNames));
  return {
    help: values['help'] === true,
    parts:
      named.length > 0
        ? partNames.filter((part) => named.includes(part))
        : partNames.filter((part) => part !== 'soak'),
    rocketmq: values['embedded'] === true ? 'stand-in' : 'real',
    connections: numbers('connections', '1,64,256,1024,4096', 15_000),
    items: numbers('items', '1,100', 1_000),
    peers: text('peers', contestantNames.join(','))
      .split(',')
      .map((word) => oneOf('peer', word, contestantNames)),
    seconds: number('seconds', 5, 600),
    rounds: number('rounds', 3, 100),
    rows: numbers('rows', '1000000,5000000', 100_000_000),
    minutes: number('minutes', 10, 100_000),
    anchor: text('anchor', '../shared/anchors/raw-pipeline'),
    out: text('out', 'tools/bench/results'),
    plots: text(
      'plots',
      values['out'] === undefined ? 'tools/bench/plots' : `${String(values['out'])}/plots`,
    ),
    resume: values['resume'] === true,
  };
}

function oneOf<Name extends string>(what: string, word: string, names: readonly Name[]): Name {
  const found = names.find((name) => name === word);
  if (!found) throw new CommandLineError(`There is no ${what} "${word}"; there are ${names.join(', ')}.`);
  return found;
}
