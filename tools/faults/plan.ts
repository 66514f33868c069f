import { kindsFor, type Fault, type Kind } from './kinds/index.js';
import { Random } from './random.js';

/** One fault of a case and when it begins. */
export interface PlannedFault {
  readonly kind: Kind;
  readonly fault: Fault;
  /** ms after the load has begun. */
  readonly atMs: number;
}

/** What one seed makes of a case. */
export interface CasePlan {
  readonly seed: number;
  readonly faults: readonly PlannedFault[];
}

/** What plans are drawn from. */
export interface PlanOptions {
  readonly broker: 'stand-in' | 'real';
  readonly seconds: number;
  /** Names of kinds; none: all. */
  readonly only: readonly string[];
}

/** Of cases with a kind of their own, this share has a second one. */
const SECOND_CHANCE = 0.3;

/**
 * The case of a seed. Seeds go through the kinds in turn, so that as many cases as there are kinds meet each of them;
 * everything else is drawn.
 */
export function planOf(seed: number, { broker, seconds, only }: PlanOptions): CasePlan {
  const kinds = kindsFor(broker).filter(({ name }) => only.length === 0 || only.includes(name));
  if (kinds.length === 0)
    throw new Error(`none of ${only.join(', ')} can be injected on the ${broker} RocketMQ`);
  const random = new Random(seed);
  const first = kinds[seed % kinds.length]!;
  const faults = [planned(first, random, seconds * (150 + random.next() * 250))];
  const second = random.pick(kinds);
  const fault = planned(second, random, seconds * (450 + random.next() * 150));
  const fits = second !== first && areApart(faults[0]!.fault, fault.fault);
  if (random.chance(SECOND_CHANCE) && fits && kinds.length > 1) faults.push(fault);
  return { seed, faults };
}

/** A case with a fault of each of these kinds, evenly over the time. */
export function planWith(seed: number, kinds: readonly Kind[], seconds: number): CasePlan {
  const random = new Random(seed);
  const faults = kinds.map((kind, i) => planned(kind, random, (seconds * 1_000 * (i + 0.4)) / kinds.length));
  return { seed, faults };
}

function planned(kind: Kind, random: Random, atMs: number): PlannedFault {
  return { kind, fault: kind.draw(random), atMs: Math.round(atMs) };
}

/** Whether neither meddles with what the other has ended or prepared. */
export function areApart(a: Fault, b: Fault): boolean {
  if (a.alone || b.alone) return false;
  const [one, other] = [a.needs?.registry, b.needs?.registry];
  if (one !== undefined && other !== undefined && one !== other) return false;
  return a.victim === undefined || a.victim !== b.victim;
}
