import { systemNames, type SystemName } from '../baselines/measured-system.js';
import type { Machine } from '../measure/machine.js';
import type { Round } from '../measure/round.js';
import { median } from '../measure/statistics.js';
import type { Cell } from '../parts/cells.js';
import type { LedgerCell } from '../parts/inventory.js';
import type { LedgerWay } from '../ledger/order.js';
import { medianOf } from './cell-table.js';
import { drawFigure, type Line, type Look, type Panel } from './figure.js';

const looks: Readonly<Record<SystemName, Look>> = {
  ours: { name: 'this system', color: 'blue', mark: 'circle', strong: true },
  echo: { name: 'its gateway alone', color: 'grey', mark: 'plus', dashes: [2, 4] },
  raw: { name: 'raw pipeline', color: 'yellow', mark: 'diamond', dashes: [10, 5] },
  single: { name: 'one per message', color: 'purple', mark: 'triangle' },
  kafka: { name: 'Kafka', color: 'red', mark: 'triangle down', dashes: [5, 4] },
  bullmq: { name: 'BullMQ', color: 'green', mark: 'square', dashes: [12, 4, 2, 4] },
};

const machineWords = ({ cores, cpu, rocketmq }: Machine) =>
  `${cores} cores (${cpu.replace(/\s+/g, ' ').trim()}) for all processes and the load generator; ${rocketmq}; medians`;

/** Throughput and latency by connections. @param cells of the closed loop */
export function closedFigures(cells: readonly Cell[], machine: Machine): Record<string, string> {
  const of = (items: number) => cells.filter((cell) => cell.items === items);
  const rate = (items: number): Panel => ({
    title: items === 1 ? 'One hot item' : `${items} items`,
    x: 'connections',
    y: 'requests/s',
    lines: linesOf(of(items), ({ perSecond }) => perSecond),
  });
  const latency = (title: string, at: 'p50' | 'p99'): Panel => ({
    title,
    x: 'connections',
    y: 'ms',
    lines: linesOf(of(1), ({ latency }) => latency[at]),
  });
  const subtitle = machineWords(machine);
  const items = [...new Set(cells.map((cell) => cell.items))].sort((a, b) => a - b);
  const draw = (title: string, panels: readonly Panel[]) => drawFigure({ title, subtitle, panels });
  return {
    'throughput.svg': draw('Reservations per second', items.slice(0, 2).map(rate)),
    'latency.svg': draw('Latency on one hot item, closed loop', [
      latency('Median', 'p50'),
      latency('99th percentile', 'p99'),
    ]),
  };
}

/** Latency by rate, corrected for coordinated omission. @param cells of the open loop */
export function openFigure(cells: readonly Cell[], machine: Machine): Record<string, string> {
  const panel = (title: string, of: 'p50' | 'p99'): Panel => ({
    title,
    x: 'requests arriving per second',
    y: 'ms',
    lines: linesOf(cells, ({ latency }) => latency[of]),
  });
  const panels = [panel('Median', 'p50'), panel('99th percentile', 'p99')];
  const title = 'Latency at a fixed arrival rate';
  return { 'open-loop.svg': drawFigure({ title, subtitle: machineWords(machine), panels }) };
}

const ledgerLooks: Readonly<Record<LedgerWay, Look>> = {
  inventory: { name: 'inventory', color: 'blue', mark: 'circle', strong: true },
  'plain insert': { name: 'plain insert (limit)', color: 'grey', mark: 'square', dashes: [2, 4] },
  'row locks': { name: 'row locks', color: 'red', mark: 'triangle', dashes: [5, 4] },
};

/** Requests decided per second by batch size. */
export function ledgerFigure(cells: readonly LedgerCell[], machine: Machine): Record<string, string> {
  const sizes = [...new Set(cells.map(({ size }) => size))];
  const panel = (items: number): Panel => ({
    title: items === 1 ? 'One hot item' : `${items} items`,
    x: 'requests in one transaction',
    y: 'requests/s',
    lines: (['plain insert', 'row locks', 'inventory'] as const).map((way) => {
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

/** A line for each that was measured, by the connections or by the rate that it was measured at. */
function linesOf(cells: readonly Cell[], read: (round: Round) => number): Line[] {
  return systemNames
    .map((name) => ({
      ...looks[name],
      points: cells
        .filter(({ system }) => system === name)
        .map((cell): [number, number] => [
          cell.load.kind === 'open' ? cell.load.perSecond : cell.load.connections,
          medianOf(cell, read),
        ]),
    }))
    .filter(({ points }) => points.length > 0);
}
