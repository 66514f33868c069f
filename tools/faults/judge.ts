import { check, type History, type Ledger, type Verdict } from '@tools/checker';
import type { System } from '@tools/testbed';
import { APP_SETTLES_MS, type FaultRecord } from './kinds/index.js';
import { livesOf, longestStall, settledAfter, stallAround } from './lives.js';
import type { CasePlan } from './plan.js';
import type { CaseResult, Target } from './result.js';

/** What a case left behind for its judge. */
export interface Evidence {
  readonly history: History;
  readonly ledger: Ledger;
  readonly system: System;
  readonly records: readonly FaultRecord[];
  /** Ends by their own hand that were ordered, by instance. */
  readonly ordered: Readonly<Record<string, number>>;
  readonly faultsBeganAt: number;
  readonly faultsEndedAt: number;
  readonly pending: number;
  readonly notReady: readonly string[];
  readonly memoryMb: Readonly<Record<string, number>>;
}

const FREE_STALL_MS = 1_000;
/** The invisible time of 5 s and one more. */
const HELD_STALL_MS = 6_000;
/** Of an app; what a case of half a minute needs is a quarter of it. */
const MEMORY_MB = 512;

/** Measures a case by the targets. */
export function judge(
  plan: CasePlan,
  evidence: Evidence,
): Omit<CaseResult, 'seed' | 'broker' | 'seconds' | 'at'> {
  const { history, ledger, system, records, faultsBeganAt, faultsEndedAt, pending, memoryMb } = evidence;
  const verdict = check(history, ledger);
  const lives = livesOf(history.operations);
  const url = (name: string) => system.instances('gateway').find((instance) => instance.name === name)?.url;
  const stalls = records.map((record) => stallAround(lives, record, url(record.instance)));
  // Of two faults at once nobody can say which of them a request waited for.
  const isAlone = plan.faults.length === 1 && stalls.length === 1;
  const stallFreeMs = isAlone ? Math.round(stalls[0]!.free) : undefined;
  const stallUnderWayMs = isAlone ? Math.round(stalls[0]!.underWay) : undefined;
  const settledMs = Math.round(settledAfter(lives, faultsEndedAt));
  const settleWithinMs = Math.max(...plan.faults.map(({ kind }) => kind.settleWithinMs ?? APP_SETTLES_MS));
  const apps = Object.entries(memoryMb).filter(([name]) => /-\d$/.test(name));
  const most = Math.max(0, ...apps.map(([, mb]) => mb));
  const words = told(verdict);
  const lapsed = words['lapsed'] ?? 0;

  const targets: Target[] = [
    hard('invariants', verdict.ok, verdict.ok ? 'none broken' : Object.keys(verdict.counts).join(', ')),
    hard('nothing pending', pending === 0 && settledMs < Infinity, `${pending} pending at the end`),
    bound('settled after the fault', settledMs, settleWithinMs),
    hard('no answer says that an open sale is closed', ...none(turnedAway(history))),
    hard('no process ended by itself', ...none(endedAlone(evidence))),
    hard('every stop was in order', ...none(stoppedBadly(system))),
    hard('no unhandled error', ...none(unhandled(system))),
    hard('all ready again without help', ...none(evidence.notReady)),
    { name: 'nothing lapsed', met: lapsed === 0, measured: `${lapsed} lapsed`, hard: false },
    {
      name: 'memory',
      met: apps.length > 0 && most <= MEMORY_MB,
      measured: `${most} MB of ${MEMORY_MB}`,
      hard: false,
    },
  ];
  if (stallFreeMs !== undefined)
    targets.push(bound('stall of what was not held', stallFreeMs, FREE_STALL_MS));
  if (stallUnderWayMs !== undefined)
    targets.push(bound('stall of what was held', stallUnderWayMs, HELD_STALL_MS));

  return {
    kinds: plan.faults.map(({ kind }) => kind.name),
    faults: plan.faults.map(({ kind, fault }) => `${kind.name}: ${fault.words}`),
    requests: lives.length,
    operations: verdict.operations,
    answers: verdict.answers,
    told: words,
    violations: verdict.violations.map(({ check, message }) => `${check}: ${message}`).slice(0, 20),
    stallFreeMs,
    stallUnderWayMs,
    stallLongestMs: Math.round(longestStall(lives)),
    stallQuietMs: Math.round(longestStall(lives.filter(({ knownAt = Infinity }) => knownAt < faultsBeganAt))),
    settledMs,
    pending,
    memoryMb,
    targets,
  };
}

function hard(name: string, met: boolean, measured: string): Target {
  return { name, met, measured, hard: true };
}

function bound(name: string, ms: number, withinMs: number): Target {
  return { name, met: ms <= withinMs, measured: `${seconds(ms)} of ${seconds(withinMs)}`, hard: false };
}

function none(found: readonly string[]): [boolean, string] {
  return [found.length === 0, found.length === 0 ? 'none' : found.join('; ')];
}

function seconds(ms: number): string {
  return ms === Infinity ? 'never' : `${(ms / 1_000).toFixed(1)} s`;
}

/** Nobody had asked them to. */
function endedAlone({ system, ordered }: Evidence): string[] {
  return system.processes.flatMap(({ name, endings }) => {
    const alone = endings.filter(({ asked }) => !asked);
    const left = alone.length - (ordered[name] ?? 0);
    return left > 0 ? [`${name} ${alone.at(-1)!.how}`] : [];
  });
}

/** Told to stop, it was to end with code 0. */
function stoppedBadly({ processes }: System): string[] {
  return processes.flatMap(({ name, endings }) =>
    endings
      .filter(({ asked, how }) => asked === 'SIGTERM' && how !== 'ended with code 0')
      .map(({ how }) => `${name} ${how}`),
  );
}

/** The sales of a case are open from before its beginning until after its end. */
function turnedAway({ operations }: History): string[] {
  return operations.flatMap(({ response, userId, saleId }) =>
    typeof response === 'object' && (response.decision === 'not_started' || response.decision === 'ended')
      ? [`${userId} in ${saleId}: ${response.decision}`]
      : [],
  );
}

/** In the words of Node, and of the apps themselves. */
const UNHANDLED = /uncaught|unhandled|FATAL ERROR/i;

function unhandled(system: System): string[] {
  return system.processes.flatMap(({ name, log }) =>
    log
      .split('\n')
      .filter((line) => UNHANDLED.test(line))
      .map((line) => `${name}: ${line.slice(0, 200)}`),
  );
}

function told({ sales }: Verdict): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const { requests } of sales)
    for (const [word, count] of Object.entries(requests))
      if (count > 0) sums[word] = (sums[word] ?? 0) + count;
  return sums;
}
