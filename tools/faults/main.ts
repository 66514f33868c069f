import { setMaxListeners } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findEtcd, repositoryRoot } from '@seckill/embedded';
import { CommandLineError, runCommand } from '@tools/command-line';
import { kindsFor } from './kinds/index.js';
import { parseOptions, type Options } from './options.js';
import { overload } from './overload.js';
import { planOf, type CasePlan } from './plan.js';
import { describeCase, resultsPage } from './report.js';
import { ResultsFile } from './results-file.js';
import { holds, type CaseResult } from './result.js';
import { runCase } from './run-case.js';
import { selection, SELECTION_SECONDS } from './selection.js';

const STOPPED = 130;
const OVERLOAD_SECONDS = 60;

/** Runs cases one after the other; each result is kept as soon as it is there. */
async function runCases(
  plans: readonly CasePlan[],
  options: Options,
  signal: AbortSignal,
): Promise<CaseResult[]> {
  const { broker, rate, dataDir, resume, keep } = options;
  const seconds = options.selection ? SELECTION_SECONDS : options.seconds;
  const name = [options.selection ? 'selection' : 'results', broker, seconds].join('-');
  const kept = new ResultsFile(join(dataDir, `${name}.jsonl`), resume || options.seed !== undefined);
  const done = resume ? new Set(kept.all.map(({ seed }) => seed)) : new Set<number>();
  const left = plans.filter(({ seed }) => !done.has(seed));
  if (done.size > 0) console.log(`${plans.length - left.length} of ${plans.length} cases are done already.`);
  const results: CaseResult[] = [];
  for (const [i, plan] of left.entries()) {
    if (signal.aborted) break;
    const label = `case ${plans.length - left.length + i + 1} of ${plans.length}, seed ${plan.seed}`;
    const result = await runCase(plan, {
      broker,
      seconds,
      rate,
      logsDir: join(dataDir, name),
      progress: (what) => console.error(`${label}: ${what}`),
      signal,
    });
    if (signal.aborted) break;
    kept.add(result);
    results.push(result);
    console.log(`${describeCase(result)}\n`);
  }
  if (keep)
    writeFileSync(
      join(repositoryRoot(), 'tools', 'faults', 'RESULTS.md'),
      resultsPage(kept.all, kept.overtaken),
    );
  return resume ? kept.all : results;
}

function summary(results: readonly CaseResult[]): string {
  if (results.length === 0) return 'No case was run: nothing is shown.';
  const broken = results.filter((result) => !holds(result)).map(({ seed }) => seed);
  const missed = results
    .filter(({ targets }) => targets.some(({ met, hard }) => !met && !hard))
    .map(({ seed }) => seed);
  return [
    broken.length === 0
      ? `All ${results.length} cases hold: no invariant broken, all settled, no help needed.`
      : `${broken.length} of ${results.length} cases do NOT hold: seeds ${broken.join(', ')}.`,
    missed.length === 0
      ? 'Every bound was met.'
      : `A bound was missed in the cases of seeds ${missed.join(', ')}.`,
  ].join('\n');
}

const needsEtcd = ({ faults }: CasePlan): boolean =>
  faults.some(({ fault }) => fault.needs?.registry === 'etcd');

const seedsOf = (plans: readonly CasePlan[]): string => plans.map(({ seed }) => seed).join(', ');

/** @returns the exit code */
async function run(options: Options): Promise<number> {
  if (options.list) {
    const kinds = kindsFor(options.broker);
    const width = Math.max(...kinds.map(({ name }) => name.length));
    for (const { name, words } of kinds) console.log(`${name.padEnd(width)}  ${words}`);
    return 0;
  }
  const stopping = new AbortController();
  // Every buyer listens to it.
  setMaxListeners(0, stopping.signal);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      // What was started ends with this process.
      if (stopping.signal.aborted) process.exit(STOPPED);
      console.error('stopping; Ctrl-C again exits at once');
      stopping.abort();
    });
  }
  if (options.overload) {
    const progress = (what: string) => console.error(`overload: ${what}`);
    const targets = await overload({
      broker: options.broker,
      seconds: OVERLOAD_SECONDS,
      progress,
      signal: stopping.signal,
    }).catch((error: unknown) => {
      // Cut off in the middle of a round, nothing was measured.
      if (stopping.signal.aborted) return [];
      throw error;
    });
    for (const { name, met, measured } of targets)
      console.log(`${met ? 'met   ' : 'MISSED'}  ${name}: ${measured}`);
    if (stopping.signal.aborted) return STOPPED;
    return targets.every(({ met, hard }) => met || !hard) ? 0 : 1;
  }
  const seeds =
    options.seed === undefined ? Array.from({ length: options.cases }, (_, i) => i) : [options.seed];
  const plans = options.selection ? selection(options.broker) : seeds.map((seed) => planOf(seed, options));
  const wanted = options.seed === undefined ? plans : plans.filter(({ seed }) => seed === options.seed);
  if (wanted.length === 0)
    throw new CommandLineError(`The selection has no seed ${options.seed}; its seeds: ${seedsOf(plans)}.`);
  const hasEtcd = findEtcd() !== undefined;
  const possible = wanted.filter((plan) => hasEtcd || !needsEtcd(plan));
  if (possible.length < wanted.length)
    console.log(
      `Left out, for want of etcd: ${wanted.length - possible.length} of ${wanted.length} cases. Have it: node tools/scripts/debian-tools.mjs etcd-server`,
    );
  const results = await runCases(possible, options, stopping.signal);
  console.log(summary(results));
  if (stopping.signal.aborted) return STOPPED;
  return results.length > 0 && results.every(holds) ? 0 : 1;
}

await runCommand(parseOptions, async (options) => void (process.exitCode = await run(options)));
