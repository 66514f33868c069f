import { z } from 'zod';
import { CannotStartError } from '../errors.js';
import { topology, type GroupSpec, type TopicSpec } from '../rocketmq/topology.js';
import type { BrokerLimits } from './broker/limits.js';
import type { RetentionOptions } from './broker/retention.js';

/** How to start an embedded RocketMQ. */
export interface EmbeddedRocketMqOptions {
  /** For clients, on 127.0.0.1; 0 takes a free one. @default 0 */
  readonly port?: number;
  /** For administration over HTTP, on 127.0.0.1; 0 takes a free one. @default no administration over HTTP */
  readonly adminPort?: number;
  /** Where messages and positions are kept. Made when it is not there. One broker at a time may use it. */
  readonly dataDir: string;
  /** More can be added later by `createTopology`. */
  readonly topics: readonly TopicSpec[];
  readonly groups: readonly GroupSpec[];
  /** Of everything that faults leave to chance. @default 1 */
  readonly seed?: number;
  /** What differs from RocketMQ's own limits. */
  readonly limits?: Partial<BrokerLimits>;
  /** How long messages are kept. */
  readonly retention?: RetentionOptions;
  /** Is told when it ends by itself: the disk failed, or a crash was ordered. @default nothing */
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
      `These options of the embedded RocketMQ are wrong: ${z.prettifyError(checked.error)}.`,
      'See EmbeddedRocketMqOptions.',
    );
}
