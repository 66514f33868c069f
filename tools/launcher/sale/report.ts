import { describe } from '@tools/checker';
import { bar, milliseconds, percent, table, whole } from '@tools/command-line';
import type { Latencies } from '@tools/load';
import type { SaleResult } from './run-sale.js';

const percentiles = [50, 90, 99, 99.9];
const barWidth = 40;

/** Whether nothing is broken. */
export function isIntact({ verdict, evidence }: SaleResult): boolean {
  return verdict.ok && evidence.gaps.length === 0;
}

/** The whole result for a terminal: answers, latencies, verdict. */
export function report(result: SaleResult): string {
  return [
    ...describeAnswers(result),
    '',
    ...describeLatencies(result),
    '',
    ...describeHistogram(result.tally.answerLatency),
    '',
    ...describeVerdict(result),
  ].join('\n');
}

function describeAnswers({ tally, came, know, pending, cut }: SaleResult): string[] {
  const seconds = tally.ms / 1_000;
  const rate = seconds === 0 ? 0 : tally.requests / seconds;
  const polls = tally.requests - tally.purchases;
  const rows = [...tally.answers]
    .sort(([a], [b]) => a.localeCompare(b))
    .map(([words, count]) => [`  ${words}`, whole(count), percent(count, tally.purchases)]);
  const unsure = came - know;
  return [
    `${whole(tally.purchases)} requests to buy and ${whole(polls)} questions afterwards in ${seconds.toFixed(1)} s: ${whole(rate)} requests/s`,
    ...table(rows),
    ...(cut === 'interrupted' ? ['Interrupted: no more buyers came.'] : []),
    ...(cut === 'out of time' ? ['Out of time (--timeout): no more buyers came.'] : []),
    ...(unsure > 0
      ? [
          `${whole(unsure)} of ${whole(came)} buyers do not know their outcome, ${whole(pending)} are pending.`,
        ]
      : [`Each of the ${whole(came)} buyers knows their outcome.`]),
  ];
}

function describeLatencies({ tally }: SaleResult): string[] {
  const row = (name: string, latencies: Latencies) => [
    name,
    ...percentiles.map((percentile) => milliseconds(latencies.percentile(percentile))),
    milliseconds(latencies.max),
  ];
  return table([
    ['ms', ...percentiles.map((percentile) => `p${percentile}`), 'max'],
    row('  until an answer', tally.answerLatency),
    row('  from first click to outcome', tally.outcomeLatency),
  ]);
}

function describeHistogram(latencies: Latencies): string[] {
  const octaves = latencies.octaves();
  const most = Math.max(0, ...octaves.map(({ count }) => count));
  const width = Math.max(0, ...octaves.map(({ toMs }) => whole(toMs).length));
  const counts = Math.max(0, ...octaves.map(({ count }) => whole(count).length));
  return octaves.map(({ fromMs, toMs, count }) => {
    const range = `${whole(fromMs).padStart(width)} to ${whole(toMs).padStart(width)} ms`;
    return `  ${range}  ${whole(count).padStart(counts)}  ${bar(count, most, barWidth)}`.trimEnd();
  });
}

function describeVerdict(result: SaleResult): string[] {
  const { verdict, evidence } = result;
  return [
    `Checked: ${whole(verdict.operations)} answers against ${evidence.source}.`,
    describe(verdict),
    ...evidence.gaps.map((gap) => `BROKEN: ${gap}`),
  ];
}
