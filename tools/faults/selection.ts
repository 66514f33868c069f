import { allKinds } from './kinds/index.js';
import { planWith, type CasePlan } from './plan.js';

/** Seconds of each case. */
export const SELECTION_SECONDS = 16;

/** Every kind once, with fixed seeds; each fault of a case has a victim of its own. */
const cases: readonly (readonly [seed: number, kinds: readonly string[]])[] = [
  [1, ['kill-gateway', 'lost-answers', 'kill-seckill-service', 'kill-inventory']],
  [2, ['kill-postgres', 'kill-broker']],
  [3, ['freeze-gateway', 'duplicates', 'freeze-seckill-service', 'freeze-inventory']],
  [6, ['net-delay', 'net-drop', 'net-reset', 'net-refuse']],
  [5, ['net-half-open', 'net-cut-after', 'net-slow', 'refusals']],
  [4, ['registry-empty', 'registry-wrong', 'silent-broker']],
  [7, ['registry-stale']],
  [13, ['etcd-away', 'kill-gateway']],
  [8, ['clock-ahead', 'disk-full-broker', 'clock-behind', 'disk-full-postgres']],
  [9, ['rolling-restart']],
  [10, ['at-before-send', 'at-before-decide', 'at-in-transaction', 'two-versions']],
  [11, ['at-after-send', 'at-before-answer', 'at-after-commit']],
  [12, ['at-on-reply', 'at-before-ack', 'at-after-ack']],
];

const realCases: typeof cases = [
  [1, ['kill-broker']],
  [2, ['kill-name-server', 'kill-seckill-service', 'freeze-gateway']],
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
