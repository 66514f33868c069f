import type { MeasuredSystem } from '../baselines/measured-system.js';
import { Stage } from '../baselines/stage.js';
import { medianOf } from '../report/cell-table.js';
import { inTurns, warmUp, type Cell } from './cells.js';
import type { ClosedData } from './closed.js';
import type { PartContext } from './part.js';

/** What the open loop has measured. */
export interface OpenData {
  readonly cells: readonly Cell[];
  /** Of this system; the rates are shares of it. */
  readonly saturationPerSecond: number;
  readonly missing: readonly { readonly name: string; readonly reason: string }[];
}

/** Shares of the saturation rate. */
const OPEN_SHARES = [0.25, 0.5, 0.75];

/** Enough for the requests under way at a rate below saturation; when all are busy, requests wait, and that counts. */
const CONNECTIONS = 2_048;
const SATURATING = 1_024;

/** Requests that arrive at a fixed rate: ours and raw-pipeline at the same rates, 25, 50 and 75 % of what ours can do. */
export async function openPart(context: PartContext): Promise<void> {
  const { options, say } = context;
  const { rocketmq, anchor } = options;
  const systems = options.peers.filter((name) => name === 'ours' || name === 'raw');
  const stage = await Stage.start({ rocketmq, systems, anchor, say });
  try {
    await warmUp(context, stage.measured);
    const saturationPerSecond = await saturation(context, stage.find('ours'));
    say(`this system's saturation rate: ${Math.round(saturationPerSecond)}/s`);
    const cells: Cell[] = [];
    const save = () =>
      context.save({ cells, saturationPerSecond, missing: stage.missing } satisfies OpenData);
    for (const share of OPEN_SHARES) {
      const perSecond = Math.max(1, Math.round(saturationPerSecond * share));
      const load = { kind: 'open' as const, connections: CONNECTIONS, perSecond };
      const variant = `${share * 100} %`;
      const turns = stage.measured.map((system) => ({ system, items: 1, load, variant }));
      await inTurns(context, turns, cells, save);
    }
  } finally {
    await stage.stop();
  }
}

/** The most that the closed loop reached with one item, or what is measured now when it was not run. */
async function saturation(context: PartContext, ours: MeasuredSystem): Promise<number> {
  const closed = context.results.read<ClosedData>('closed');
  const before = (closed?.data.cells ?? [])
    .filter(({ system, items }) => system === 'ours' && items === 1)
    .map((cell) => medianOf(cell, ({ perSecond }) => perSecond))
    .filter((rate) => !Number.isNaN(rate));
  if (before.length > 0 && closed?.finished) return Math.max(...before);
  const cells: Cell[] = [];
  const load = { kind: 'closed' as const, connections: SATURATING };
  await inTurns(context, [{ system: ours, items: 1, load }], cells, () => {});
  const measured = medianOf(cells[0]!, ({ perSecond }) => perSecond);
  if (!(measured > 0)) throw new Error('the saturation rate could not be measured');
  return measured;
}
