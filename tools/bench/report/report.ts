import { milliseconds, table, whole } from '@tools/command-line';
import { median, medianByName } from '../measure/statistics.js';
import type { ClosedData } from '../parts/closed.js';
import type { GrowthData } from '../parts/growth.js';
import type { HeldData } from '../parts/held.js';
import type { LedgerData } from '../parts/inventory.js';
import type { OpenData } from '../parts/open.js';
import type { RowsData } from '../parts/rows.js';
import type { SoakData } from '../parts/soak.js';
import type { TransportData } from '../parts/transport.js';
import { partNames, type PartName } from '../command/options.js';
import type { Cell } from '../parts/cells.js';
import { cellTable, measuredRounds } from './cell-table.js';
import { closedFigures, ledgerFigure, openFigure } from './plots.js';
import type { Results } from './results.js';
import { judgeTargets, type Target } from './targets.js';

interface Data {
  closed: ClosedData;
  open: OpenData;
  transport: TransportData;
  inventory: LedgerData;
  growth: GrowthData;
  held: HeldData;
  rows: RowsData;
  soak: SoakData;
}

/** Everything that was measured, in words for the terminal, as a summary, and as plots by file name. */
export interface Report {
  readonly text: string;
  readonly summary: unknown;
  readonly plots: Readonly<Record<string, string>>;
}

/** Reads all results that are there. A part that was never measured is left out. */
export function report(results: Results): Report {
  const read = <Name extends keyof Data>(part: Name) => results.read<Data[Name]>(part);
  const [closed, open, inventory] = [read('closed'), read('open'), read('inventory')];
  const [transport, growth, held] = [read('transport'), read('growth'), read('held')];
  const [rows, soak] = [read('rows'), read('soak')];
  const targets = judgeTargets({
    ...(closed && { closed: closed.data.cells }),
    ...(inventory && { inventory: inventory.data.cells }),
    ...(held && { held: held.data }),
    ...(rows && { rows: rows.data.cells }),
  });
  const text = [
    '',
    ...(closed ? cellTable('Closed loop', closed.data.cells) : []),
    ...(open ? cellTable('Open loop, latency from the moment each request was due', open.data.cells) : []),
    ...(transport ? transportTable(transport.data) : []),
    ...(inventory ? ledgerTable(inventory.data) : []),
    ...(growth ? cellTable('Growth', growth.data.cells) : []),
    ...(held ? heldTable(held.data) : []),
    ...(rows ? cellTable('Rows in the table of outcomes', rows.data.cells) : []),
    ...(soak ? cellTable('Soak', soak.data.cells) : []),
    ...targetTable(targets),
  ].join('\n');
  const plots = {
    ...(closed && closedFigures(closed.data.cells, closed.machine)),
    ...(open && openFigure(open.data.cells, open.machine)),
    ...(inventory && ledgerFigure(inventory.data.cells, inventory.machine)),
  };
  return { text, summary: { targets, parts: allParts(results) }, plots };
}

/** Medians of all cells; the rounds themselves are in the files of the parts. */
function allParts(results: Results): unknown {
  const measured = partNames.flatMap(
    (name: PartName) => results.read<{ cells?: readonly (Cell | PlainCell)[] }>(name) ?? [],
  );
  return Object.fromEntries(
    measured.map(({ part, machine, finished, data }) => {
      const { cells, ...rest } = data;
      const shown = cells?.map((cell) => ('load' in cell ? medians(cell) : plainMedians(cell)));
      return [part, { machine, finished, data: { ...(shown && { cells: shown }), ...rest } }];
    }),
  );
}

/** A cell of a part without HTTP: a round is figures, and figures by name. */
interface PlainCell {
  readonly rounds: readonly (Readonly<Record<string, number | Readonly<Record<string, number>>>> | null)[];
}

function plainMedians({ rounds, ...cell }: PlainCell): unknown {
  const measured = rounds.filter((round) => round !== null);
  const figures = Object.keys(measured[0] ?? {}).map((name) => {
    const values = measured.map((round) => round[name]!);
    const numbers = values.filter((value) => typeof value === 'number');
    const byName = values.filter((value) => typeof value !== 'number');
    return [name, numbers.length > 0 ? median(numbers) : medianByName(byName)];
  });
  return { ...cell, rounds: measured.length, ...Object.fromEntries(figures) };
}

function medians(cell: Cell): unknown {
  const { system, items, load, variant } = cell;
  const rounds = measuredRounds(cell);
  return {
    system,
    items,
    load,
    variant,
    rounds: rounds.length,
    perSecond: median(rounds.map(({ perSecond }) => perSecond)),
    latency: medianByName(rounds.map(({ latency }) => latency)),
    cpuMs: medianByName(rounds.map(({ cpuMs }) => cpuMs)),
    rssMb: medianByName(rounds.map(({ rssMb }) => rssMb)),
    messagesPerRequest: median(rounds.flatMap(({ messagesPerRequest }) => messagesPerRequest ?? [])),
    commitsPerRequest: median(rounds.flatMap(({ commitsPerRequest }) => commitsPerRequest ?? [])),
    otherAnswers: Math.max(...rounds.map(({ otherAnswers }) => otherAnswers)),
  };
}

/** The targets, and whether each is met. */
function targetTable(targets: readonly Target[]): string[] {
  const value = (target: Target, number: number) =>
    target.unit === '×' ? `${number.toFixed(2)} ×` : `${whole(number)} bytes`;
  const rows = targets.map((target) => [
    target.name,
    `${target.bound} ${value(target, target.wanted)}`,
    target.measured === undefined ? '—' : value(target, target.measured),
    target.met === undefined ? 'not measured' : target.met ? 'met' : 'MISSED',
  ]);
  return ['Targets', ...table([['', 'target', 'measured', ''], ...rows])];
}

function transportTable({ cells }: TransportData): string[] {
  const rows = cells.map(({ inFlight, rounds }) => {
    const measured = rounds.filter((round) => round !== null);
    const of = (read: (round: (typeof measured)[number]) => number) => median(measured.map(read));
    const cpu = medianByName(measured.map(({ cpuMs }) => cpuMs));
    const spent = (process: string) => (cpu[process] ?? Number.NaN).toFixed(3);
    return [
      `${whole(inFlight)} in flight`,
      whole(of(({ perSecond }) => perSecond)),
      milliseconds(of(({ p50 }) => p50)),
      milliseconds(of(({ p99 }) => p99)),
      spent('client'),
      spent('server'),
      spent('rocketmq'),
      of(({ envelopeSize }) => envelopeSize).toFixed(1),
    ];
  });
  const head = [
    '',
    'requests/s',
    'p50 ms',
    'p99 ms',
    'client CPU ms',
    'server',
    'rocketmq',
    'requests a message',
  ];
  return ['The transport alone (echo handler)', ...table([head, ...rows]), ''];
}

function ledgerTable({ cells }: LedgerData): string[] {
  const rows = cells.map(({ way, items, size, rounds }) => {
    const measured = rounds.filter((round) => round !== null);
    const cpu = medianByName(measured.map(({ cpuMs }) => cpuMs));
    return [
      `${items === 1 ? 'one item' : `${items} items`}, ${way}, batches of ${size}`,
      whole(median(measured.map(({ perSecond }) => perSecond))),
      (cpu['inventory'] ?? Number.NaN).toFixed(3),
      (cpu['postgres'] ?? Number.NaN).toFixed(3),
    ];
  });
  return ['Inventory alone', ...table([['', 'requests/s', 'CPU ms', 'postgres'], ...rows]), ''];
}

function heldTable({ held, waiters }: HeldData): string[] {
  const rows = [
    ...held.map((row) => [
      `${whole(row.requests)} held requests`,
      whole(row.heapBytesEach),
      whole(row.rssBytesEach),
    ]),
    ...waiters.map((row) => [`${whole(row.waiters)} waiters of the transport`, whole(row.heapBytesEach), '']),
  ];
  return ['Memory of what waits', ...table([['', 'bytes of heap each', 'of memory each'], ...rows]), ''];
}
