import { z } from 'zod';
import { CannotStartError } from '../errors.js';
import { topology, type GroupSpec, type TopicSpec } from '../rocketmq/topology.js';
import type { BrokerLimits } from './broker/limits.js';
import type { RetentionOptions } from './broker/retention.js';

/** Options of an embedded RocketMQ. */
export interface EmbeddedRocketMqOptions {
  /** For clients, on 127.0.0.1; 0 takes a free port. @default 0 */
  readonly port?: number;
  /** For administration over HTTP, on 127.0.0.1; 0 takes a free port. @default no administration over HTTP */
  readonly adminPort?: number;
  /** Directory of messages and positions. Created if it does not exist. Only one broker at a time can use it. */
  readonly dataDir: string;
  /** More can be added later by `createTopology`. */
  readonly topics: readonly TopicSpec[];
  readonly groups: readonly GroupSpec[];
  /** Seed of the chances of faults. @default 1 */
  readonly seed?: number;
  /** Overrides RocketMQ's own limits. */
  readonly limits?: Partial<BrokerLimits>;
  /** How long messages are kept. */
  readonly retention?: RetentionOptions;
  /** Called when it ends by itself: the disk failed, or a crash was injected. @default nothing */
  readonly onEnd?: (reason: Error) => void;
}

const port = z.number().int().min(0).max(65_535);
const options = z.object({
  port: port.optional(),
  adminPort: port.optional(),
  dataDir: z.string().min(1),
  topics: topology.shape.topics,
  groups: topology.shape.groups,
});

/** @throws CannotStartError that says which option is wrong */
export function checkOptions(given: EmbeddedRocketMqOptions): void {
  const checked = options.safeParse(given);
  if (!checked.success)
    throw new CannotStartError(
      `Invalid options of the embedded RocketMQ: ${z.prettifyError(checked.error)}.`,
      'See EmbeddedRocketMqOptions.',
    );
}
