import { readFileSync } from 'node:fs';
import { topologyIn } from '@seckill/topology';
import { z } from 'zod';

const name = z.string().regex(/^[%|a-zA-Z0-9_-]{1,120}$/, 'may hold letters, digits, "-", "_" and "%" only');

/** What a topic may carry; RocketMQ refuses any other message on it. */
const topicType = z.enum(['NORMAL', 'FIFO', 'DELAY', 'TRANSACTION']);

/** @see topicType */
export type TopicType = z.infer<typeof topicType>;

const topic = z.strictObject({ name, type: topicType, queues: z.number().int().min(1).max(1_024) });
const group = z.strictObject({
  name,
  /** How often RocketMQ itself delivers again before it puts a message into `%DLQ%group`. */
  maxRetries: z.number().int().min(0).max(1_000_000),
  /** Hands out the messages of one message group in their order. */
  fifo: z.boolean().optional(),
});

/** The topics and consumer groups that must exist before anybody sends or receives. */
export const topology = z.strictObject({ topics: z.array(topic), groups: z.array(group) });

/** @see topology */
export type Topology = z.infer<typeof topology>;
/** One topic of a {@link Topology}. */
export type TopicSpec = Topology['topics'][number];
/** One consumer group of a {@link Topology}. */
export type GroupSpec = Topology['groups'][number];

/** The topics and groups of `docker/rocketmq/topology.json`, in a namespace if one is given. */
export function projectTopology(namespace = ''): Topology {
  return topology.parse(topologyIn(namespace));
}

/**
 * Reads topics and groups from a JSON file of `{ "topics": […], "groups": […] }`.
 *
 * @throws Error that names the file and what is wrong in it
 */
export function loadTopology(file: string): Topology {
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
