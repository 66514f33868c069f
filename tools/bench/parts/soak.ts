import { Stage } from '../baselines/stage.js';
import { inTurns, warmUp, type Cell } from './cells.js';
import type { PartContext } from './part.js';

/** What the soak has measured: one cell, one round per minute. */
export interface SoakData {
  readonly cells: readonly Cell[];
}

const CONNECTIONS = 256;
const ITEMS = 10;
const ROUND_S = 59;

/** This system alone for many minutes, a round of a minute after the other: do rate, latency and memory hold? */
export async function soakPart(context: PartContext): Promise<void> {
  const { options, say } = context;
  const stage = await Stage.start({
    rocketmq: options.rocketmq,
    systems: ['ours'],
    anchor: options.anchor,
    say,
  });
  const cells: Cell[] = [];
  try {
    await warmUp(context, stage.measured);
    const minutes = { ...context, options: { ...options, rounds: options.minutes, seconds: ROUND_S } };
    const load = { kind: 'closed' as const, connections: CONNECTIONS };
    const turn = { system: stage.find('ours'), items: ITEMS, load };
    await inTurns(minutes, [turn], cells, () => context.save({ cells } satisfies SoakData));
  } finally {
    await stage.stop();
  }
}
