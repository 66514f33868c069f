import {
  commaSeparated,
  describeOptions,
  flag,
  oneOf,
  option,
  parseCommandLine,
  text,
  wholeNumber,
} from '@tools/command-line';
import { systemNames, systemTitles } from '../baselines/measured-system.js';

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
  closed: 'requests/s, latency, CPU, messages and commits by connections, beside the baselines',
  open: 'latency at 25, 50 and 75 % of the saturation rate, requests arriving at a fixed rate',
  transport: 'the transport alone: an echo handler, 1 to 1,024 requests in flight',
  inventory: 'inventory alone, beside row locks and a plain multi-row insert',
  growth: 'more services, more inventories, more items',
  held: 'memory of waiters and of held requests',
  rows: 'the rate when the table of outcomes is large',
  soak: 'this system alone for --minutes; only when named',
  report: 'tables, targets and plots of what was measured before',
};

const numbers = (most: number) => commaSeparated(wholeNumber(1, most));

const options = {
  embedded: flag('on the stand-in instead of the real RocketMQ (needs no Java)'),
  connections: option('N,…', 'closed loop: connections', numbers(15_000), '1,64,256,1024,4096'),
  items: option('N,…', 'closed loop: items that buyers are spread over', numbers(1_000), '1,100'),
  peers: option(
    'NAME,…',
    'closed and open loop: systems to measure',
    commaSeparated(oneOf(systemNames)),
    systemNames.join(','),
  ),
  seconds: option('N', 'measured time of each round, after a second of ramp', wholeNumber(1, 600), '5'),
  rounds: option(
    'N',
    'rounds of each cell; the systems take turns, the median counts',
    wholeNumber(1, 100),
    '3',
  ),
  rows: option('N,…', 'rows: outcomes in the table', numbers(100_000_000), '1000000,5000000'),
  minutes: option('N', 'soak: how long', wholeNumber(1, 100_000), '10'),
  anchor: option('DIR', 'raw-pipeline, if there is one', text, '../shared/anchors/raw-pipeline'),
  out: option('DIR', 'where results are written and read (tools/bench/results)', text),
  plots: option(
    'DIR',
    'where plots are written (tools/bench/plots; plots/ of --out when that is given)',
    text,
  ),
  resume: flag('leave out parts whose results are complete'),
};

/** What `npm run bench` is asked for. */
export type BenchOptions = ReturnType<typeof parseBenchOptions>;

const lines = <Name extends string>(names: readonly Name[], words: Readonly<Record<Name, string>>) =>
  names.map((name) => `  ${name.padEnd(11)}${words[name]}`).join('\n');

const help = `Usage: npm run bench -- [parts] [options]

Measures the built system with production's settings: synchronous flush, fsync, tokens and checks on. Every process, the
load generator included, runs on this machine. Results are written after each part.

Parts (all but soak when none is named):
${lines(partNames, partHelp)}

Options:
${describeOptions(options)}

Systems that are measured side by side:
${lines(systemNames, systemTitles)}

This system alone, quickly:  npm run bench -- closed --peers ours --connections 256 --items 1 --rounds 1
Exit code: 0 measured, 1 something failed, 2 wrong usage. A missed target is reported and is no failure.`;

/** @throws CommandLineError, HelpRequest */
export function parseBenchOptions(args: readonly string[]) {
  const { words, values } = parseCommandLine(args, { help, options, words: Infinity });
  const named = words.map((word) => oneOf(partNames)(word, 'A part'));
  const { embedded, out, plots, ...rest } = values;
  const parts =
    named.length > 0
      ? partNames.filter((part) => named.includes(part))
      : partNames.filter((part) => part !== 'soak');
  return {
    ...rest,
    parts,
    rocketmq: embedded ? ('stand-in' as const) : ('real' as const),
    out: out ?? 'tools/bench/results',
    plots: plots ?? (out === undefined ? 'tools/bench/plots' : `${out}/plots`),
  };
}
