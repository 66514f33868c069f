import { Stage } from '../baselines/stage.js';
import { inTurns, warmUp, type Cell, type Turn } from './cells.js';
import type { PartContext } from './part.js';

/** What growth has measured: each cell's variant says what there is more of. */
export interface GrowthData {
  readonly cells: readonly Cell[];
}

const CONNECTIONS = 1_024;
const MOST_SERVICES = 4;
const MOST_ITEMS = [1, 10, 100, 1_000];

/** More of one thing at a time: items, then services, then inventories. */
export async function growthPart(context: PartContext): Promise<void> {
  const { options, say } = context;
  const stage = await Stage.start({
    rocketmq: options.rocketmq,
    systems: ['ours'],
    anchor: options.anchor,
    say,
  });
  const ours = stage.find('ours');
  const cells: Cell[] = [];
  const save = () => context.save({ cells } satisfies GrowthData);
  const turn = (items: number, variant: string): Turn => ({
    system: ours,
    items,
    load: { kind: 'closed', connections: CONNECTIONS },
    variant,
  });
  try {
    await warmUp(context, [ours]);
    await inTurns(
      context,
      MOST_ITEMS.map((items) => turn(items, 'items')),
      cells,
      save,
    );
    for (let services = 1; services <= MOST_SERVICES; services++) {
      if (services > 1) await stage.system.startApp('seckill-service');
      await inTurns(context, [turn(100, `${services} service${services > 1 ? 's' : ''}`)], cells, save);
    }
    for (const service of stage.system.instances('seckill-service').slice(1)) await service.stop();
    for (const inventories of [1, 2]) {
      if (inventories > 1) await stage.system.startApp('inventory');
      const variant = `${inventories} ${inventories > 1 ? 'inventories' : 'inventory'}`;
      await inTurns(context, [turn(100, variant)], cells, save);
    }
  } finally {
    await stage.stop();
  }
}
