import { milliseconds, table, whole } from '@tools/command-line';
import type { SystemName } from '../baselines/measured-system.js';
import type { Load } from '../generator/plan.js';
import { median, medianByName, medianRatio } from '../measure/statistics.js';
import type { Round } from '../measure/round.js';
import type { Cell } from '../parts/cells.js';
import { loadWords } from './words.js';

/** Rounds that were measured. */
export const measuredRounds = (cell: Cell): Round[] => cell.rounds.filter((round) => round !== null);

/** Median over a cell's rounds; NaN when none was measured. */
export const medianOf = (cell: Cell, read: (round: Round) => number): number =>
  median(measuredRounds(cell).map(read));

/** Median of the ratios of two cells, round by round. */
export function ratioOf(ours: Cell, theirs: Cell, read: (round: Round) => number): number {
  const values = ({ rounds }: Cell) => rounds.map((round) => (round ? read(round) : undefined));
  return medianRatio(values(ours), values(theirs));
}

/** The cell of a system under a load; undefined when it was not measured. */
export function findCell(
  cells: readonly Cell[],
  system: SystemName,
  items: number,
  load: Load,
  variant?: string,
): Cell | undefined {
  return cells.find(
    (cell) =>
      cell.system === system &&
      cell.items === items &&
      loadWords(cell.load) === loadWords(load) &&
      cell.variant === variant &&
      measuredRounds(cell).length > 0,
  );
}

const head = [
  '',
  'requests/s',
  'p50 ms',
  'p90 ms',
  'p99 ms',
  'p99.9 ms',
  'CPU ms',
  'gateway',
  'service',
  'inventory',
  'rocketmq',
  'postgres',
  'load gen',
  'messages',
  'commits',
  'gateway MiB',
  'ours ÷ this',
];

/** A table per number of items and load, one line per system. CPU is per request. */
export function cellTable(title: string, cells: readonly Cell[]): string[] {
  const rows: string[][] = [];
  let group = '';
  for (const cell of cells) {
    const name = `${cell.items === 1 ? 'one item' : `${whole(cell.items)} items`}, ${loadWords(cell.load)}`;
    if (name !== group) rows.push([`— ${name}`]);
    group = name;
    rows.push(lineOf(cell, findCell(cells, 'ours', cell.items, cell.load)));
  }
  return [title, ...table([head, ...rows]), ''];
}

function lineOf(cell: Cell, ours: Cell | undefined): string[] {
  const name = cell.variant === undefined ? cell.system : `${cell.system}, ${cell.variant}`;
  const rounds = measuredRounds(cell);
  if (rounds.length === 0) return [name, 'failed'];
  const cpu = medianByName(rounds.map(({ cpuMs }) => cpuMs));
  const ms = (of: keyof Round['latency']) => milliseconds(medianOf(cell, ({ latency }) => latency[of]));
  const cpuOf = (process: string) => (cpu[process] === undefined ? '' : cpu[process].toFixed(3));
  const perRequest = (of: 'messagesPerRequest' | 'commitsPerRequest') => {
    const value = median(rounds.flatMap((round) => round[of] ?? []));
    return Number.isNaN(value) ? '' : value.toFixed(3);
  };
  const ratio = ours && ours !== cell ? ratioOf(ours, cell, ({ perSecond }) => perSecond) : Number.NaN;
  return [
    name,
    whole(medianOf(cell, ({ perSecond }) => perSecond)),
    ms('p50'),
    ms('p90'),
    ms('p99'),
    ms('p999'),
    cpuOf('all'),
    cpuOf('gateway'),
    cpuOf('service'),
    cpuOf('inventory'),
    cpuOf('rocketmq'),
    cpuOf('postgres'),
    cpuOf('generator'),
    perRequest('messagesPerRequest'),
    perRequest('commitsPerRequest'),
    whole(medianOf(cell, ({ rssMb }) => rssMb['gateway'] ?? Number.NaN)),
    Number.isNaN(ratio) ? '' : ratio.toFixed(2),
  ];
}
