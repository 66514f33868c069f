import { CHECKS, type CheckName, type LastWord, type SaleSummary, type Verdict } from './verdict.js';

/** Sales that get a line of their own before the rest is added up. */
const SALES_SHOWN = 5;

/** The verdict in plain words, a few lines for a terminal: what was sold, how buyers were answered, what is broken. */
export function describe(verdict: Verdict): string {
  const lines = verdict.sales.slice(0, SALES_SHOWN).map(describeSale);
  const more = verdict.sales.slice(SALES_SHOWN);
  if (more.length > 0) lines.push(describeMore(more));
  lines.push(describeAnswers(verdict));
  if (verdict.ok) lines.push('Every answer agrees with the ledger. No invariant is broken.');
  else lines.push(...describeViolations(verdict));
  return lines.join('\n');
}

const WORDS: readonly (readonly [LastWord, string])[] = [
  ['sold_out', 'told sold out'],
  ['limit_reached', 'told that they have their limit'],
  ['not_started', 'told not started'],
  ['ended', 'told ended'],
  ['lapsed', 'told lapsed'],
  ['refused', 'refused before the queue'],
  ['unknown', 'without an answer'],
];

function describeSale(sale: SaleSummary): string {
  const limit = sale.perUserLimit === 1 ? 'twice' : `above the limit of ${sale.perUserLimit}`;
  const above = sale.buyersAboveLimit === 0 ? `none ${limit}` : `${number(sale.buyersAboveLimit)} ${limit}`;
  const told = WORDS.filter(([word]) => sale.requests[word] > 0);
  return [
    `${sale.saleId}: ${number(sale.units)} of ${number(sale.total)} units sold to ${count(sale.buyers, 'buyer')}, ${above}`,
    ...told.map(([word, words]) => `${number(sale.requests[word])} ${words}`),
    `${number(sale.requests.pending)} pending.`,
  ].join('; ');
}

function describeMore(sales: readonly SaleSummary[]): string {
  const sum = (of: (sale: SaleSummary) => number) => sales.reduce((total, sale) => total + of(sale), 0);
  const units = `${number(sum((sale) => sale.units))} of ${number(sum((sale) => sale.total))} units`;
  return `${count(sales.length, 'more sale')}: ${units} sold; ${number(sum((sale) => sale.requests.pending))} pending.`;
}

function describeAnswers({ operations, answers }: Verdict): string {
  const asked = `${count(operations, 'operation')}: ${number(answers.stored)} answered with an outcome`;
  const parts = [asked, `${number(answers.pending)} as pending`, `${number(answers.refused)} refused`];
  if (answers.list > 0) parts.push(count(answers.list, 'list'));
  return [...parts, `${number(answers.unknown)} without an answer.`].join(', ');
}

function describeViolations({ counts, violations }: Verdict): string[] {
  const names = Object.keys(CHECKS).filter((name): name is CheckName => name in counts);
  return names.flatMap((name) => {
    const first = violations.find(({ check }) => check === name);
    const headline = `${CHECKS[name].invariant} BROKEN (${name}, ${count(counts[name] ?? 0, 'time')}).`;
    return [`${headline} It should hold that ${CHECKS[name].holds}.`, `  ${first?.message ?? ''}`];
  });
}

function number(value: number): string {
  return value.toLocaleString('en-US');
}

function count(value: number, noun: string): string {
  return `${number(value)} ${noun}${value === 1 ? '' : 's'}`;
}
