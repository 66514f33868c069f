import { holds, type CaseResult } from './result.js';

/** One case for the terminal, a few lines. */
export function describeCase(result: CaseResult): string {
  const {
    faults,
    requests,
    operations,
    answers,
    told,
    targets,
    stallLongestMs,
    stallQuietMs,
    violations,
    failure,
  } = result;
  const lines = [
    `${holds(result) ? 'HOLDS ' : 'BROKEN'} seed ${result.seed}  ${faults.join('; and ')}`,
    `  requests   ${count(requests)} in ${count(operations)} operations; ${words(told)}`,
    `  answers    ${words(answers)}`,
    `  stall      ${seconds(stallLongestMs)} the longest of all, ${seconds(stallQuietMs)} before the fault`,
    ...targets.map(({ name, met, measured }) => `  ${met ? 'met   ' : 'MISSED'}     ${name}: ${measured}`),
    `  memory     ${words(result.memoryMb)} MB`,
    ...violations.map((violation) => `  broken     ${violation}`),
    ...(failure === undefined ? [] : [`  failed     ${failure}`]),
  ];
  return lines.join('\n');
}

/**
 * The results of a run as a page: one line for each kind of fault.
 * @param overtaken did not hold or missed a bound, and were run again
 */
export function resultsPage(results: readonly CaseResult[], overtaken: readonly CaseResult[] = []): string {
  const [first] = results;
  if (!first) return '';
  const kinds = [...new Set(results.flatMap(({ kinds }) => kinds))];
  const rows = kinds.map((kind) =>
    row(
      kind,
      results.filter((one) => one.kinds.includes(kind)),
    ),
  );
  const broken = results.filter((one) => !holds(one));
  const missed = results.flatMap((one) =>
    one.targets
      .filter(({ met }) => !met)
      .map(({ name, measured }) => ({ seed: one.seed, faults: one.faults, name, measured })),
  );
  const sum = (of: (one: CaseResult) => number) => count(results.reduce((total, one) => total + of(one), 0));
  return `# Results of the fault driver

Written by \`npm run faults -- --keep\`: ${results.length} cases of ${first.seconds} s on the ${first.broker === 'real' ? 'real RocketMQ' : 'stand-in'},
${sum(({ requests }) => requests)} requests in ${sum(({ operations }) => operations)} operations, last at ${results.at(-1)!.at.slice(0, 10)}. A case with two faults counts in both lines.
**${broken.length === 0 ? 'No invariant was broken, every request settled, and no manual help was needed.' : `${broken.length} cases did not hold: seeds ${broken.map(({ seed }) => seed).join(', ')}.`}**

"Not held" and "held by it" are the longest stalls around a kill. "Not held": of requests that began after it and never reached
the killed instance (target ≤ 1 s). "Held by it": of requests that were in flight there (target ≤ 6 s). "Settled" is how long
after the end of the fault the last earlier request got its outcome (target ≤ 30 s after a fault of an app, ≤ 90 s after one of
the broker or the database). "Memory" is the most that one app used. The machine was shared with other work: "without a fault"
is the longest stall of the same cases before their fault began.

${table(['fault', 'cases', 'held', 'requests', 'pending in the end', 'not held', 'held by it', 'without a fault', 'settled', 'memory'], rows)}

## Targets that were missed

${
  missed.length === 0
    ? 'None.'
    : table(
        ['seed', 'fault', 'target', 'measured'],
        missed.map(({ seed, faults, name, measured }) => [String(seed), faults.join('; '), name, measured]),
      )
}
${
  overtaken.length === 0
    ? ''
    : `
## Run again after a case did not hold or missed a bound

${table(
  ['seed', 'fault', 'what it was then'],
  overtaken.map((one) => [String(one.seed), one.faults.join('; '), shortcomings(one)]),
)}
`
}`;
}

/** What did not hold, in words. */
function shortcomings({ targets, failure }: CaseResult): string {
  const missed = targets.filter(({ met }) => !met).map(({ name, measured }) => `${name}: ${measured}`);
  return [...missed, ...(failure === undefined ? [] : [failure])].join('; ');
}

function row(kind: string, results: readonly CaseResult[]): string[] {
  const worst = (of: (one: CaseResult) => number | undefined) => {
    const values = results.map(of).filter((value) => value !== undefined);
    return values.length === 0 ? '—' : seconds(Math.max(...values));
  };
  const sum = (of: (one: CaseResult) => number) => count(results.reduce((total, one) => total + of(one), 0));
  const memory = Math.max(
    ...results.flatMap(({ memoryMb }) =>
      Object.entries(memoryMb).map(([name, mb]) => (/-\d$/.test(name) ? mb : 0)),
    ),
  );
  return [
    kind,
    String(results.length),
    String(results.filter(holds).length),
    sum(({ requests }) => requests),
    sum(({ pending }) => pending),
    worst(({ stallFreeMs }) => stallFreeMs),
    worst(({ stallUnderWayMs }) => stallUnderWayMs),
    worst(({ stallQuietMs }) => stallQuietMs),
    worst(({ settledMs }) => settledMs),
    `${memory} MB`,
  ];
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, i) => Math.max(title.length, ...rows.map((row) => row[i]!.length)));
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, i) => cell.padEnd(widths[i]!)).join(' | ')} |`;
  return [line(head), `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`, ...rows.map(line)].join(
    '\n',
  );
}

function words(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .filter(([, n]) => n > 0)
    .map(([name, n]) => `${name} ${count(n)}`)
    .join(', ');
}

function count(value: number): string {
  return value.toLocaleString('en-US');
}

function seconds(ms: number | null): string {
  // JSON has no infinity.
  return ms === null || ms === Infinity ? 'never' : `${(ms / 1_000).toFixed(1)} s`;
}
