import { allKinds } from './kinds/index.js';
import { planWith, type CasePlan } from './plan.js';

/** Seconds of each case. */
export const SELECTION_SECONDS = 18;

/**
 * Every kind once, with fixed seeds. Kinds share a case where they do not touch the same process and one would not
 * hide what the other does.
 */
const cases: readonly (readonly [seed: number, kinds: readonly string[]])[] = [
  [1, ['kill-gateway', 'kill-seckill-service', 'kill-inventory']],
  [2, ['kill-postgres', 'kill-broker']],
  [3, ['freeze-gateway']],
  [4, ['freeze-seckill-service', 'lost-answers']],
  [5, ['freeze-inventory', 'duplicates']],
  [6, ['net-delay', 'net-drop', 'net-reset']],
  [7, ['net-half-open', 'net-refuse', 'refusals']],
  [8, ['net-cut-after', 'net-slow', 'silent-broker']],
  [9, ['registry-empty', 'registry-wrong']],
  [10, ['registry-stale']],
  [11, ['clock-ahead', 'disk-full-broker']],
  [12, ['clock-behind', 'disk-full-postgres']],
  [13, ['rolling-restart', 'two-versions']],
  [15, ['at-before-send', 'at-before-decide', 'at-in-transaction']],
  [16, ['at-after-send', 'at-before-answer', 'at-after-commit']],
  [17, ['at-on-reply', 'at-before-ack']],
  [18, ['at-after-ack']],
];

const realCases: typeof cases = [
  [1, ['kill-broker']],
  [2, ['kill-name-server', 'kill-seckill-service']],
  [3, ['kill-postgres', 'freeze-gateway']],
];

/** The cases that CI runs. */
export function selection(broker: 'stand-in' | 'real'): CasePlan[] {
  return (broker === 'real' ? realCases : cases).map(([seed, names]) =>
    planWith(
      seed,
      names.map((name) => allKinds.find((kind) => kind.name === name)!),
      SELECTION_SECONDS,
    ),
  );
}
