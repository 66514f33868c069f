import type { MeasuredSystem } from '../baselines/measured-system.js';
import { RoundFailedError } from '../forked/forked.js';
import type { Generator } from '../generator/generator.js';
import type { Load, Seen } from '../generator/plan.js';
import type { Counters } from './counters.js';
import { cpuPerRequest, readProcesses, type ProcessReading } from './processes.js';

/**
 * One measured round. Times in ms, memory in MiB; CPU in ms per request by process, `all` in sum. A request counts
 * once its reservation was answered: what was answered otherwise (still pending, refused) is no work done.
 */
export interface Round {
  readonly perSecond: number;
  readonly completed: number;
  readonly latency: Seen['latency'];
  readonly statuses: Seen['statuses'];
  readonly lost: number;
  readonly unanswered: number;
  readonly cpuMs: Readonly<Record<string, number>>;
  readonly rssMb: Readonly<Record<string, number>>;
  readonly messagesPerRequest?: number;
  readonly commitsPerRequest?: number;
  /** Share of answers that are no reservation, 0–1. */
  readonly otherAnswers: number;
}

/** How long a round is. */
export interface RoundLength {
  readonly rampMs: number;
  readonly measureMs: number;
}

/** How long answers under way are waited for after a round. */
const DRAIN_MS = 15_000;

/** Measures one system in fresh sales. @throws RoundFailedError */
export async function measureRound(
  generator: Generator,
  system: MeasuredSystem,
  load: Load,
  items: number,
  { rampMs, measureMs }: RoundLength,
): Promise<Round> {
  const requests = await system.open(items).catch((cause: unknown) => {
    throw new RoundFailedError(`cannot open a sale: ${String(cause)}`, { cause });
  });
  const read = async () => ({
    processes: readProcesses({ ...system.processes(), generator: generator.pid }),
    counters: await system.counters().catch(() => ({})),
  });
  let before: Reading | undefined;
  let after: Reading | undefined;
  const plan = { port: system.port, requests, load, rampMs, measureMs, drainMs: DRAIN_MS };
  const seen = await generator.round(plan, {
    measuring: async () => void (before = await read()),
    measured: async () => void (after = await read()),
  });
  return summarise(seen, before!, after!);
}

interface Reading {
  readonly processes: ProcessReading;
  readonly counters: Counters;
}

function summarise(seen: Seen, before: Reading, after: Reading): Round {
  const { completed, elapsedMs, latency, statuses, lost, unanswered } = seen;
  const reserved = statuses['201'] ?? 0;
  const cpu = cpuPerRequest(before.processes, after.processes, reserved);
  const all = Object.values(cpu).reduce((sum, ms) => sum + ms, 0);
  const grown = (counter: keyof Counters) => {
    const [from, to] = [before.counters[counter], after.counters[counter]];
    return from === undefined || to === undefined || reserved === 0 ? undefined : (to - from) / reserved;
  };
  const messagesPerRequest = grown('messages');
  const commitsPerRequest = grown('commits');
  return {
    perSecond: (reserved / elapsedMs) * 1_000,
    completed,
    latency,
    statuses,
    lost,
    unanswered,
    cpuMs: { ...cpu, all },
    rssMb: after.processes.rssMb,
    ...(messagesPerRequest !== undefined && { messagesPerRequest }),
    ...(commitsPerRequest !== undefined && { commitsPerRequest }),
    otherAnswers: completed === 0 ? 1 : 1 - reserved / completed,
  };
}
