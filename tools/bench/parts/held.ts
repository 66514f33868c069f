import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { repositoryRoot } from '@seckill/embedded';
import { waitFor, type AppProcess } from '@tools/testbed';
import { whole } from '@tools/command-line';
import { Stage } from '../baselines/stage.js';
import { Forked } from '../forked/forked.js';
import { metric, metricsOf } from '../measure/counters.js';
import type { AskerOrder, Weighed } from '../transport/order.js';
import type { PartContext } from './part.js';
import { startTransportSystem, transportEnv } from './transport.js';

/** Memory of one gateway after garbage collection, beyond what it had when idle. */
export interface HeldRow {
  readonly requests: number;
  readonly heapBytesEach: number;
  readonly rssBytesEach: number;
}

/** What was weighed. */
export interface HeldData {
  readonly held: readonly HeldRow[];
  /** Of the transport's client: the waiter with its request, its timer and its subscription. */
  readonly waiters: readonly { readonly waiters: number; readonly heapBytesEach: number }[];
}

const HELD = [1_000, 5_000, 10_000, 20_000];
const WAITERS = [1_000, 5_000, 20_000];
/** Files that a gateway has open beyond one connection for each held request. */
const OPEN_FILES_SPARE = 300;
/** Longer than it takes to open all connections on a busy machine, and to weigh. */
const HOLD_S = 180;

/** Memory of held requests (the service is stopped, so they stay unanswered), and of the transport's waiters alone. */
export async function heldPart(context: PartContext): Promise<void> {
  const data: HeldData = { held: await weighHeld(context), waiters: [] };
  context.save(data);
  context.save({ ...data, waiters: await weighWaiters(context) } satisfies HeldData);
}

async function weighHeld(context: PartContext): Promise<HeldRow[]> {
  const { options, generator, say, check } = context;
  const preload = join(repositoryRoot(), 'dist', 'tools', 'bench', 'held', 'gc-on-signal.js');
  const hold = String(HOLD_S * 1_000);
  const gateway = {
    NODE_OPTIONS: `--import=${preload}`,
    WAIT_MS: hold,
    MAX_WAIT_MS: hold,
    DECIDE_WITHIN_MS: String(HOLD_S * 2_000),
    MAX_WAITING: '30000',
  };
  const { rocketmq, anchor } = options;
  const stage = await Stage.start({ rocketmq, systems: ['ours'], anchor, env: { gateway }, say });
  const rows: HeldRow[] = [];
  try {
    const ours = stage.find('ours');
    const process = stage.system.instances('gateway')[0]!;
    const requests = { ...(await ours.open(1)), prefer: `wait=${HOLD_S}` };
    for (const service of stage.system.instances('seckill-service')) await service.stop();
    const plan = { port: ours.port, requests, rampMs: 2_000, measureMs: 1_000, drainMs: 1_000 };
    // Buffers of the first connections, compiled code and the like are no part of what is weighed.
    await release(generator.round({ ...plan, load: { kind: 'hold', connections: 500 } }), generator);
    // Once for all: what a process has had, it keeps resident for the next time.
    const idle = await memoryOf(process);
    for (const connections of HELD.map(atMost)) {
      check();
      let full: Memory | undefined;
      await generator.round(
        { ...plan, rampMs: 2_000 + connections / 4, load: { kind: 'hold', connections } },
        {
          measured: async () => {
            try {
              await allHeld(process, connections);
              full = await memoryOf(process);
              await allHeld(process, connections);
            } finally {
              generator.release();
            }
          },
        },
      );
      const row = {
        requests: connections,
        heapBytesEach: (full!.heapUsed - idle.heapUsed) / connections,
        rssBytesEach: (full!.rss - idle.rss) / connections,
      };
      rows.push(row);
      say(
        `${whole(connections)} held: ${whole(row.heapBytesEach)} bytes of heap and ${whole(row.rssBytesEach)} of memory each`,
      );
      await sleep(1_000);
    }
    return rows;
  } finally {
    await stage.stop();
  }
}

async function weighWaiters({ options, say }: PartContext): Promise<HeldData['waiters']> {
  const system = await startTransportSystem(options.rocketmq);
  const asker = new Forked<AskerOrder>('transport/asker.js', ['--expose-gc'], transportEnv(system));
  const rows: { waiters: number; heapBytesEach: number }[] = [];
  try {
    await asker.round<Weighed>({ kind: 'weigh', waiters: 500 }, 120_000);
    for (const waiters of WAITERS) {
      const { heapBytes } = await asker.round<Weighed>({ kind: 'weigh', waiters }, 120_000);
      rows.push({ waiters, heapBytesEach: heapBytes / waiters });
      say(`${whole(waiters)} waiters: ${whole(heapBytes / waiters)} bytes each`);
    }
    return rows;
  } finally {
    asker.close();
    await system.stop();
  }
}

async function release(round: Promise<unknown>, generator: PartContext['generator']): Promise<void> {
  const timer = setInterval(() => generator.release(), 5_000);
  await round.finally(() => clearInterval(timer));
}

interface Memory {
  readonly heapUsed: number;
  readonly rss: number;
}

/** @throws Error unless the gateway holds so many, now: what is not held must not be weighed as if it were */
async function allHeld(app: AppProcess, connections: number): Promise<void> {
  const held = async () => metric(await metricsOf(app.url), 'seckill_gateway_held_requests');
  await waitFor(`holding ${connections} requests`, async () => (await held()) === connections);
}

/** Has a gateway collect its garbage and say what is left. */
async function memoryOf(app: AppProcess): Promise<Memory> {
  const told = () => app.log.split('\n').filter((line) => line.startsWith('MEMORY '));
  const before = told().length;
  process.kill(app.pid!, 'SIGUSR2');
  const line = await waitFor('a report of memory', () => told().length > before && told().at(-1)!);
  return JSON.parse(line.slice('MEMORY '.length)) as Memory;
}

/** As many as a process may have files open, when that is less. */
function atMost(connections: number): number {
  const report = process.report.getReport() as unknown as {
    userLimits?: { open_files?: { hard: number | string } };
  };
  const files = Number(report.userLimits?.open_files?.hard);
  return Number.isNaN(files) ? connections : Math.min(connections, files - OPEN_FILES_SPARE);
}
