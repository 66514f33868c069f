import type { Overview, QueueOverview, TopicOverview } from '@seckill/embedded';
import { table } from '@tools/command-line';

const head = ['topic', 'type', 'queue', 'kept from', 'end', 'group', 'offset', 'in flight', 'lag'];
/** Topic, type and group; the others are numbers. */
const leftColumns = [0, 1, 5];

/**
 * The overview as a table for the terminal, a line for each queue and group.
 *
 * @param all include queues and dead-letter topics without messages
 */
export function topicsTable({ topics }: Overview, all: boolean): string {
  const rows = topics.flatMap((topic) =>
    topic.queues.filter(({ end }) => all || end > 0).flatMap((queue) => queueRows(topic, queue)),
  );
  const delayed = topics
    .filter((topic) => topic.delayed > 0)
    .map((topic) => `${topic.delayed} messages of ${topic.topic} wait for their time.`);
  if (rows.length === 0) return [...delayed, 'There are no messages.'].join('\n');
  return [...table([head, ...rows], leftColumns), ...delayed].join('\n');
}

function queueRows(topic: TopicOverview, { queue, first, end, groups }: QueueOverview): string[][] {
  const start = [topic.topic, topic.type, `${queue}`, `${first}`, `${end}`];
  if (groups.length === 0) return [[...start, '—', '', '', '']];
  return groups.map(({ group, offset, inFlight, lag }) => [
    ...start,
    group,
    `${offset}`,
    `${inFlight}`,
    `${lag}`,
  ]);
}
