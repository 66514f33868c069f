import type { Order, Plan, Report } from './plan.js';
import { RequestMaker } from './request-maker.js';
import { Round } from './round.js';

// The load generator: a process of its own that is told by its parent what to do, one plan after the other.

const maker = new RequestMaker();
let release = () => {};

const tell = (report: Report) => process.send?.(report);

process.on('message', (order: Order) => {
  if (order.kind === 'release') release();
  else void run(order.plan).catch((error: unknown) => tell({ kind: 'failed', message: String(error) }));
});
process.on('disconnect', () => process.exit());
tell({ kind: 'ready' });

async function run(plan: Plan): Promise<void> {
  await maker.prepare(plan.requests, usersOf(plan));
  const released = new Promise<void>((resolve) => (release = resolve));
  const round = new Round(plan, maker.round(plan.requests));
  const seen = await round.run({
    measuring: () => tell({ kind: 'measuring' }),
    measured: () => tell({ kind: 'measured' }),
    released,
  });
  tell({ kind: 'idle', seen });
}

/** More than will come in any case, without making a fortune of tokens for a single connection. */
function usersOf({ load, rampMs, measureMs }: Plan): number {
  const seconds = Math.ceil((rampMs + measureMs) / 1_000);
  if (load.kind === 'hold') return load.connections * 2;
  if (load.kind === 'open') return Math.ceil(load.perSecond * seconds * 1.1) + 1_000;
  return Math.min(25_000, 2_500 + load.connections * 300) * seconds;
}
