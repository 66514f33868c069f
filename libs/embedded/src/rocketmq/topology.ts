import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { repositoryRoot } from '../repository-root.js';

const name = z.string().regex(/^[%|a-zA-Z0-9_-]{1,120}$/, 'may hold letters, digits, "-", "_" and "%" only');

/** The type of a topic. RocketMQ refuses messages of another type. */
const topicType = z.enum(['NORMAL', 'FIFO', 'DELAY', 'TRANSACTION']);

/** @see topicType */
export type TopicType = z.infer<typeof topicType>;

const topic = z.strictObject({ name, type: topicType, queues: z.number().int().min(1).max(1_024) });
const group = z.strictObject({
  name,
  /** How often RocketMQ itself redelivers a message before it moves it to `%DLQ%group`. */
  maxRetries: z.number().int().min(0).max(1_000_000),
  /** Delivers the messages of each message group in order. */
  fifo: z.boolean().optional(),
});

/** Topics and consumer groups. They must exist before clients can use them. */
export const topology = z.strictObject({ topics: z.array(topic), groups: z.array(group) });

/** @see topology */
export type Topology = z.infer<typeof topology>;
/** One topic of a {@link Topology}. */
export type TopicSpec = Topology['topics'][number];
/** One consumer group of a {@link Topology}. */
export type GroupSpec = Topology['groups'][number];

/**
 * Reads topics and groups from a JSON file, by default `docker/rocketmq/topology.json`.
 *
 * @throws Error that names the file and what is wrong in it
 */
export function loadTopology(
  file: string = join(repositoryRoot(), 'docker', 'rocketmq', 'topology.json'),
): Topology {
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(file, 'utf8'));
  } catch (cause) {
    throw new Error(`${file} cannot be read as JSON: ${(cause as Error).message}`, { cause });
  }
  const parsed = topology.safeParse(content);
  if (!parsed.success) throw new Error(`${file}: ${z.prettifyError(parsed.error)}`, { cause: parsed.error });
  return parsed.data;
}
