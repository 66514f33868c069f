import { Stage } from '../baselines/stage.js';
import { inTurns, warmUp, type Cell } from './cells.js';
import type { PartContext } from './part.js';

/** What the closed loop has measured. */
export interface ClosedData {
  readonly cells: readonly Cell[];
  /** Peers that could not run here, and why. */
  readonly missing: readonly { readonly name: string; readonly reason: string }[];
}

/** Connections that each send one request after the other: every system, by connections and items. */
export async function closedPart(context: PartContext): Promise<void> {
  const { options, say } = context;
  const { rocketmq, peers, anchor } = options;
  const stage = await Stage.start({ rocketmq, systems: peers, anchor, say });
  const cells: Cell[] = [];
  const save = () => context.save({ cells, missing: stage.missing } satisfies ClosedData);
  try {
    await warmUp(context, stage.measured);
    for (const connections of options.connections) {
      const load = { kind: 'closed' as const, connections };
      // Items take turns too: they are compared with each other. Memory knows none.
      const turns = options.items.flatMap((items, index) =>
        stage.measured
          .filter(({ name }) => name !== 'echo' || index === 0)
          .map((system) => ({ system, items, load })),
      );
      await inTurns(context, turns, cells, save);
    }
  } finally {
    await stage.stop();
  }
}
