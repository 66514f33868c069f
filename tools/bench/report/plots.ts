import { contestantNames, type ContestantName } from '../contestants/contestant.js';
import type { Machine } from '../measure/machine.js';
import type { Round } from '../measure/round.js';
import { median } from '../measure/statistics.js';
import type { Cell } from '../parts/cells.js';
import type { LedgerCell } from '../parts/inventory.js';
import type { LedgerWay } from '../ledger/order.js';
import { medianOf } from './cell-table.js';
import { drawFigure, type Figure, type Panel, type Series } from './svg.js';

const looks: Readonly<Record<ContestantName, Omit<Series, 'points'>>> = {
  ours: { name: 'this system', color: '#2f81f7', strong: true },
  echo: { name: 'its gateway alone (from memory)', color: '#8b949e', dashed: true },
  raw: { name: 'raw pipeline by hand', color: '#d4a017', dashed: true },
  single: { name: 'one request per message', color: '#a371f7' },
  kafka: { name: 'Kafka, row locks', color: '#e5534b' },
  bullmq: { name: 'BullMQ, row locks', color: '#2ea043' },
};

const machineWords = ({ cores, cpu, rocketmq }: Machine) =>
  `${cores} cores (${cpu.replace(/\s+/g, ' ').trim()}), all processes and the load generator on them; ${rocketmq}; medians`;

/** Throughput and latency by connections. @param cells of the closed loop */
export function closedFigures(cells: readonly Cell[], machine: Machine): Record<string, string> {
  const connections = { label: 'connections' };
  const rate = (items: number): Panel => ({
    title: items === 1 ? 'One hot item' : `${items} items`,
    x: connections,
    y: { label: 'requests/s', scale: 'log' },
    series: seriesOf(cells, items, ({ perSecond }) => perSecond),
  });
  const latency = (title: string, of: 'p50' | 'p99'): Panel => ({
    title,
    x: connections,
    y: { label: 'ms', scale: 'log' },
    series: seriesOf(cells, 1, ({ latency }) => latency[of]),
  });
  const subtitle = machineWords(machine);
  const items = [...new Set(cells.map((cell) => cell.items))].sort((a, b) => a - b);
  const throughput: Figure = {
    title: 'Reservations per second',
    subtitle,
    panels: items.slice(0, 2).map(rate),
  };
  const panels = [latency('Median', 'p50'), latency('99th percentile', 'p99')];
  const latencies: Figure = { title: 'Latency on one hot item, closed loop', subtitle, panels };
  return { 'throughput.svg': drawFigure(throughput), 'latency.svg': drawFigure(latencies) };
}

/** Latency by rate, corrected for coordinated omission. @param cells of the open loop */
export function openFigure(cells: readonly Cell[], machine: Machine): Record<string, string> {
  const panel = (title: string, of: 'p50' | 'p99' | 'p999'): Panel => ({
    title,
    x: { label: 'requests arriving per second' },
    y: { label: 'ms', scale: 'log' },
    series: contestantNames
      .map((name) => ({
        ...looks[name],
        points: cells
          .filter(({ contestant, load }) => contestant === name && load.kind === 'open')
          .map((cell): [number, number] => [
            cell.load.kind === 'open' ? cell.load.perSecond : 0,
            medianOf(cell, ({ latency }) => latency[of]),
          ]),
      }))
      .filter(({ points }) => points.length > 0),
  });
  const panels = [panel('Median', 'p50'), panel('99th percentile', 'p99')];
  const title = 'Latency at a fixed arrival rate (25, 50, 75 % of saturation)';
  return { 'open-loop.svg': drawFigure({ title, subtitle: machineWords(machine), panels }) };
}

const ledgerLooks: Readonly<Record<LedgerWay, Omit<Series, 'points'>>> = {
  inventory: { name: 'inventory', color: '#2f81f7', strong: true },
  'plain insert': { name: 'plain multi-row insert (the limit)', color: '#8b949e', dashed: true },
  'row locks': { name: 'a transaction and a row lock per request', color: '#e5534b' },
};

/** Requests decided per second by batch size. */
export function ledgerFigure(cells: readonly LedgerCell[], machine: Machine): Record<string, string> {
  const sizes = [...new Set(cells.map(({ size }) => size))];
  const panel = (items: number): Panel => ({
    title: items === 1 ? 'One hot item' : `${items} items`,
    x: { label: 'requests in one transaction' },
    y: { label: 'requests/s', scale: 'log' },
    series: (['plain insert', 'row locks', 'inventory'] as const).map((way) => {
      const mine = cells.filter((cell) => cell.way === way && cell.items === items);
      const points = mine.map((cell): [number, number] => [
        cell.size,
        median(cell.rounds.flatMap((round) => (round ? [round.perSecond] : []))),
      ]);
      // It knows no batches: a level to compare with.
      const level =
        way === 'row locks' ? sizes.map((size): [number, number] => [size, points[0]?.[1] ?? 0]) : points;
      return { ...ledgerLooks[way], points: level };
    }),
  });
  const items = [...new Set(cells.map((cell) => cell.items))];
  const title = 'Inventory alone: requests decided per second';
  return {
    'inventory.svg': drawFigure({ title, subtitle: machineWords(machine), panels: items.map(panel) }),
  };
}

function seriesOf(cells: readonly Cell[], items: number, read: (round: Round) => number): Series[] {
  return contestantNames
    .map((name) => ({
      ...looks[name],
      points: cells
        .filter((cell) => cell.contestant === name && cell.items === items && cell.load.kind === 'closed')
        .map((cell): [number, number] => [cell.load.connections, medianOf(cell, read)]),
    }))
    .filter(({ points }) => points.length > 0);
}
