import type { SystemName } from '../baselines/measured-system.js';
import { medianRatio } from '../measure/statistics.js';
import type { Round } from '../measure/round.js';
import type { Cell } from '../parts/cells.js';
import type { HeldData } from '../parts/held.js';
import type { LedgerCell } from '../parts/inventory.js';
import type { LedgerWay } from '../ledger/order.js';
import { findCell, ratioOf } from './cell-table.js';

/** What was measured, of what targets speak of. */
export interface Measured {
  readonly closed?: readonly Cell[];
  readonly inventory?: readonly LedgerCell[];
  readonly held?: HeldData;
  readonly rows?: readonly Cell[];
}

/** One line of the table of targets. */
export interface Target {
  readonly name: string;
  readonly bound: 'at least' | 'at most';
  readonly wanted: number;
  readonly unit: '×' | 'bytes';
  /** undefined when it was not measured */
  readonly measured: number | undefined;
  /** undefined when it was not measured */
  readonly met: boolean | undefined;
}

const SATURATED = 1_024;
const WAITER_BYTES = 1_024;
const HELD_BYTES = 30 * 1_024;
const MANY_ROWS = 5_000_000;

const rate = ({ perSecond }: Round) => perSecond;

/** The targets, with what was measured. Every ratio is the median of ratios of rounds that ran one after the other. */
export function judgeTargets({ closed = [], inventory = [], held, rows = [] }: Measured): Target[] {
  const ratio = (ours: Cell | undefined, theirs: Cell | undefined, read = rate) =>
    ours && theirs ? ratioOf(ours, theirs, read) : Number.NaN;
  const cell = (name: SystemName, items: number, connections: number) =>
    findCell(closed, name, items, { kind: 'closed', connections });
  const overBaseline = (baseline: SystemName, items: number, connections: number) =>
    ratio(cell('ours', items, connections), cell(baseline, items, connections));
  const ledger = (way: LedgerWay, items: number, size: number) =>
    inventory.find((one) => one.way === way && one.items === items && one.size === size)?.rounds ?? [];
  const overWay = (way: LedgerWay, items: number) =>
    medianRatio(
      ledger('inventory', items, 256).map((round) => round?.perSecond),
      ledger(way, items, way === 'row locks' ? 1 : 256).map((round) => round?.perSecond),
    );
  const loaded = [
    ...new Set(closed.flatMap(({ load }) => (load.connections >= 64 ? [load.connections] : []))),
  ];
  return [
    ratioTarget(
      'one item, 1,024 connections: over our gateway answering from memory',
      0.5,
      overBaseline('echo', 1, SATURATED),
    ),
    ratioTarget('one item, 1,024 connections: over raw-pipeline', 0.6, overBaseline('raw', 1, SATURATED)),
    ratioTarget(
      'one item, 1,024 connections: over raw-pipeline (stretch)',
      0.75,
      overBaseline('raw', 1, SATURATED),
    ),
    ratioTarget(
      'one item, 1,024 connections: over one request per message',
      6,
      overBaseline('single', 1, SATURATED),
    ),
    atMost(
      'idle p50 over raw-pipeline’s',
      1.3,
      '×',
      ratio(cell('ours', 1, 1), cell('raw', 1, 1), ({ latency }) => latency.p50),
    ),
    ...[64, 256, SATURATED].map((connections) =>
      ratioTarget(
        `${words(connections)}: 100 items over one item`,
        0.9,
        ratio(cell('ours', 100, connections), cell('ours', 1, connections)),
      ),
    ),
    ...(['kafka', 'bullmq'] as const).map((baseline) =>
      ratioTarget(`one item, 1,024 connections: over ${baseline}`, 10, overBaseline(baseline, 1, SATURATED)),
    ),
    ...loaded.flatMap((connections) =>
      (['kafka', 'bullmq'] as const).map((baseline) =>
        ratioTarget(
          `100 items, ${words(connections)}: over ${baseline}`,
          1.5,
          overBaseline(baseline, 100, connections),
        ),
      ),
    ),
    ...[1, 100].map((items) =>
      ratioTarget(
        `inventory, batches of 256, ${items} item${items > 1 ? 's' : ''}: over a plain insert`,
        0.5,
        overWay('plain insert', items),
      ),
    ),
    ratioTarget('inventory, batches of 256, 1 item: over row locks', 15, overWay('row locks', 1)),
    atMost(
      'memory of a waiter itself',
      WAITER_BYTES,
      'bytes',
      largest(held?.waiters.map((row) => row.heapBytesEach)),
    ),
    atMost('memory of a held request', HELD_BYTES, 'bytes', held?.held.at(-1)?.rssBytesEach),
    ...[256, SATURATED].map((connections) => {
      const load = { kind: 'closed' as const, connections };
      const full = findCell(rows, 'ours', 1, load, '5,000,000 rows');
      const empty = findCell(rows, 'ours', 1, load, 'empty, beside 5,000,000 rows');
      return ratioTarget(
        `${words(connections)}: rate at ${words(MANY_ROWS, 'rows')} over empty`,
        0.9,
        ratio(full, empty),
      );
    }),
  ];
}

function ratioTarget(name: string, wanted: number, measured: number): Target {
  return judged(name, 'at least', wanted, '×', measured);
}

function atMost(name: string, wanted: number, unit: Target['unit'], measured: number | undefined): Target {
  return judged(name, 'at most', wanted, unit, measured);
}

function judged(
  name: string,
  bound: Target['bound'],
  wanted: number,
  unit: Target['unit'],
  measured: number | undefined,
): Target {
  if (measured === undefined || Number.isNaN(measured))
    return { name, bound, wanted, unit, measured: undefined, met: undefined };
  const met = bound === 'at least' ? measured >= wanted : measured <= wanted;
  return { name, bound, wanted, unit, measured, met };
}

function largest(values: readonly number[] | undefined): number | undefined {
  return values && values.length > 0 ? Math.max(...values) : undefined;
}

function words(count: number, what = 'connections'): string {
  return `${count.toLocaleString('en-US')} ${what}`;
}
