import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { inspect } from 'node:util';
import type { History } from '@tools/checker';
import { System, type InstanceOptions, type SystemOptions } from '@tools/testbed';
import { judge } from './judge.js';
import type { FaultRecord, World } from './kinds/index.js';
import { livesOf, slowest } from './lives.js';
import { MemoryWatch } from './memory-watch.js';
import type { CasePlan } from './plan.js';
import type { CaseResult } from './result.js';
import { SaleLoad } from './sale-load.js';

/** How a case is run. */
export interface CaseOptions {
  readonly broker: 'stand-in' | 'real';
  readonly seconds: number;
  /** Purchases that are begun each second. */
  readonly rate: number;
  /** Where the logs of each case go. */
  readonly logsDir: string;
  /** Receives what the case is doing now. */
  readonly progress: (what: string) => void;
  readonly signal: AbortSignal;
}

/** Longer than any bound on settling, so that it can be seen by how much one was missed. */
const SETTLE_MS = 120_000;
const READY_MS = 30_000;
/** By then a request that was refused although it had been stored would be decided: the invisible time and two more. */
const SURFACES_MS = 7_000;

/** Runs one case on a system of its own. @throws Error when the system cannot be started at all */
export async function runCase(plan: CasePlan, options: CaseOptions): Promise<CaseResult> {
  const { broker, seconds, progress } = options;
  const about = { seed: plan.seed, broker, seconds, at: new Date().toISOString() };
  progress('starting');
  const system = await System.start({
    instances: { gateway: 2, 'seckill-service': 2, inventory: 2 },
    rocketmq: broker,
    ...needsOf(plan),
  });
  const notes: string[] = [];
  try {
    const result = { ...about, ...(await inflictAll(system, plan, options, notes)) };
    keepLogs(system, notes, result, options.logsDir);
    return result;
  } catch (error) {
    const failed = {
      ...about,
      ...nothing(plan),
      failure: wordsOf(error),
    };
    keepLogs(system, [...notes, inspect(error)], failed, options.logsDir);
    return failed;
  } finally {
    progress('stopping');
    await system.stop();
  }
}

async function inflictAll(
  system: System,
  plan: CasePlan,
  { seconds, rate, progress, signal }: CaseOptions,
  notes: string[],
) {
  const records: FaultRecord[] = [];
  const ordered: Record<string, number> = {};
  const rest = (ms: number) => sleep(ms, undefined, { signal }).catch(() => undefined);
  const note = (line: string) => notes.push(`${new Date().toISOString()} ${line}`);
  const world: World = {
    system,
    sleep: rest,
    killed: (record) => records.push(record),
    mayEnd: (instance) => (ordered[instance] = (ordered[instance] ?? 0) + 1),
    note,
  };

  const load = new SaleLoad(system, plan.seed, rate, seconds, SETTLE_MS);
  await load.open(system);
  const memory = new MemoryWatch(system);
  const stock = system.sampleStock(load.saleIds);
  try {
    const beganAt = performance.now();
    let faultsBeganAt = Infinity;
    let faultsEndedAt = performance.now();
    progress('selling');
    const selling = load.run(signal);
    const inflicting = plan.faults.map(async ({ kind, fault, atMs }) => {
      await rest(atMs);
      if (signal.aborted) return;
      progress(`${kind.name}: ${fault.words}`);
      note(`begin ${kind.name}: ${fault.words} at ${Math.round(performance.now() - beganAt)} ms`);
      faultsBeganAt = Math.min(faultsBeganAt, performance.now());
      await fault.inflict(world);
      note(`end ${kind.name} at ${Math.round(performance.now() - beganAt)} ms`);
      faultsEndedAt = performance.now();
      progress('selling');
    });
    // Both to the end, whatever the other comes to: nothing may keep running after this.
    const [sold, ...inflicted] = await Promise.allSettled([selling, ...inflicting]);
    const failed = inflicted.find((one) => one.status === 'rejected');
    // It may have left the system in any state: nothing that is seen from here on would be the system's own.
    if (failed) throw new Error('a fault could not be inflicted', { cause: failed.reason });
    if (sold.status === 'rejected') throw new Error('the buyers failed', { cause: sold.reason });
    if (load.requests === 0) throw new Error('no purchase was made');
    progress('settling');
    const pending = await load.settle(signal);
    note(`settled, ${pending} pending`);
    const notReady = await notReadyOf(system);
    const history = load.history();
    await rest(lastRefusal(history) + SURFACES_MS - performance.now());
    const ledger = await system.ledger(load.saleIds, await stock.stop());
    progress('judging');
    const evidence = {
      history,
      ledger,
      system,
      records,
      ordered,
      faultsBeganAt,
      faultsEndedAt,
      pending,
      notReady,
    };
    notes.push(...slowest(livesOf(history.operations), beganAt));
    return {
      ...judge(plan, { ...evidence, memoryMb: memory.stop() }),
      ...(signal.aborted && { failure: 'stopped' }),
    };
  } finally {
    // Also when a fault failed: what looks on would keep the driver from ending.
    load.close();
    memory.stop();
    await stock.stop();
  }
}

/** When the last purchase was refused before the queue, by performance.now(). */
function lastRefusal({ operations }: History): number {
  return operations.reduce(
    (last, { kind, response, completedAt = 0 }) =>
      kind === 'purchase' && typeof response === 'object' && response.status === 503
        ? Math.max(last, completedAt)
        : last,
    0,
  );
}

function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause === undefined ? error.message : `${error.message}: ${wordsOf(error.cause)}`;
}

async function notReadyOf(system: System): Promise<string[]> {
  const answers = await Promise.all(
    system.processes.map((app) =>
      app.ready(READY_MS).then(
        () => [],
        (error: unknown) => [`${app.name}: ${String(error).split('\n')[0]}`],
      ),
    ),
  );
  return answers.flat();
}

function needsOf({ faults }: CasePlan) {
  const needs = faults.map(({ fault }) => fault.needs ?? {});
  return {
    proxies: [...new Set(needs.flatMap(({ proxies = [] }) => proxies))],
    only: Object.assign({}, ...needs.map(({ only = {} }) => only)) as Record<string, InstanceOptions>,
    registry: needs.find(({ registry }) => registry !== undefined)?.registry ?? 'postgres',
  } satisfies SystemOptions;
}

function nothing({ faults }: CasePlan) {
  return {
    kinds: faults.map(({ kind }) => kind.name),
    faults: faults.map(({ kind, fault }) => `${kind.name}: ${fault.words}`),
    requests: 0,
    operations: 0,
    answers: {},
    told: {},
    violations: [],
    stallFreeMs: undefined,
    stallUnderWayMs: undefined,
    stallLongestMs: 0,
    stallQuietMs: 0,
    settledMs: 0,
    pending: 0,
    memoryMb: {},
    targets: [],
  };
}

function keepLogs(system: System, notes: readonly string[], result: CaseResult, directory: string): void {
  const own = join(directory, `seed-${result.seed}`);
  mkdirSync(own, { recursive: true });
  writeFileSync(join(own, 'notes.log'), `${notes.join('\n')}\n${JSON.stringify(result, null, 1)}\n`);
  for (const { name, log } of system.processes) writeFileSync(join(own, `${name}.log`), `${log}\n`);
}
