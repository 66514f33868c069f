import { serveOrders, type RoundProgress } from '../forked/serve-orders.js';
import type { Order, Plan, Seen } from './plan.js';
import { RequestMaker } from './request-maker.js';
import { Round } from './round.js';

// The load generator.

const maker = new RequestMaker();
let release = () => {};

serveOrders<Order>(async (order, progress) => {
  if (order.kind === 'run') return run(order.plan, progress);
  release();
});

async function run(plan: Plan, progress: RoundProgress): Promise<Seen> {
  await maker.prepare(plan.requests, usersOf(plan));
  const released = new Promise<void>((resolve) => (release = resolve));
  return new Round(plan, maker.round(plan.requests)).run({ ...progress, released });
}

/** More than will come in any case, without making a fortune of tokens for a single connection. */
function usersOf({ load, rampMs, measureMs }: Plan): number {
  const seconds = Math.ceil((rampMs + measureMs) / 1_000);
  if (load.kind === 'hold') return load.connections * 2;
  if (load.kind === 'open') return Math.ceil(load.perSecond * seconds * 1.1) + 1_000;
  return Math.min(25_000, 2_500 + load.connections * 300) * seconds;
}
