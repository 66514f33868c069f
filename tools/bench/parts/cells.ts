import type { MeasuredSystem, SystemName } from '../baselines/measured-system.js';
import { RoundFailedError } from '../forked/forked.js';
import type { Load } from '../generator/plan.js';
import { measureRound, type Round } from '../measure/round.js';
import { roundLine } from '../report/words.js';
import type { PartContext } from './part.js';

/** Several rounds of one system under one load. */
export interface Cell {
  readonly system: SystemName;
  readonly items: number;
  readonly load: Load;
  /** What distinguishes it beyond system, items and load, such as "2 services". */
  readonly variant?: string;
  /** In order; null where a round failed. Round n of all cells of a group ran one after the other. */
  readonly rounds: (Round | null)[];
  readonly failures: string[];
}

/** What is measured in turns. */
export interface Turn {
  readonly system: MeasuredSystem;
  readonly items: number;
  readonly load: Load;
  readonly variant?: string;
}

const RAMP_MS = 1_000;

/**
 * Measures a group of cells in turns, A B C A B C: a machine that is busy now and idle later is so for all of them.
 * @param cells is added to; `save` is called after each turn
 */
export async function inTurns(
  context: PartContext,
  turns: readonly Turn[],
  cells: Cell[],
  save: () => void,
): Promise<void> {
  const { rounds, seconds } = context.options;
  const group = turns.map(({ system, items, load, variant }): Cell => ({
    system: system.name,
    items,
    load,
    ...(variant !== undefined && { variant }),
    rounds: [],
    failures: [],
  }));
  cells.push(...group);
  for (let round = 1; round <= rounds; round++) {
    for (const [index, turn] of turns.entries()) {
      context.check();
      const cell = group[index]!;
      const measured = await measure(context, turn, { rampMs: RAMP_MS, measureMs: seconds * 1_000 });
      if (typeof measured === 'string') cell.failures.push(measured);
      cell.rounds.push(typeof measured === 'string' ? null : measured);
      context.say(roundLine(cell, `${round}/${rounds}`, measured));
      save();
    }
  }
}

/** Lets a system run hot: compilers, caches, connections, query plans. Nothing is recorded. */
export async function warmUp(context: PartContext, systems: readonly MeasuredSystem[]): Promise<void> {
  for (const system of systems) {
    for (const connections of [64, 512]) {
      context.check();
      context.say(`warming up ${system.name} with ${connections} connections`);
      const turn: Turn = { system, items: 1, load: { kind: 'closed', connections } };
      const measured = await measure(context, turn, { rampMs: 500, measureMs: 2_500 });
      if (typeof measured === 'string') context.say(`  ${measured}`);
    }
  }
}

async function measure(
  { generator }: PartContext,
  { system, items, load }: Turn,
  length: { rampMs: number; measureMs: number },
): Promise<Round | string> {
  try {
    return await measureRound(generator, system, load, items, length);
  } catch (error) {
    if (error instanceof RoundFailedError) return error.message;
    throw error;
  }
}
