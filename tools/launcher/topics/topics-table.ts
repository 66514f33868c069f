import type { Overview, QueueOverview, TopicOverview } from '@seckill/embedded';

const head = ['topic', 'type', 'queue', 'kept from', 'end', 'group', 'offset', 'in flight', 'lag'];
/** From here on columns are numbers, but for the group. */
const firstNumber = 2;
const groupColumn = 5;

/**
 * The overview as a table for the terminal, a line for each queue and group.
 *
 * @param all queues and dead-letter topics without any message, too
 */
export function topicsTable({ topics }: Overview, all: boolean): string {
  const rows = topics.flatMap((topic) =>
    topic.queues.filter(({ end }) => all || end > 0).flatMap((queue) => queueRows(topic, queue)),
  );
  const delayed = topics
    .filter((topic) => topic.delayed > 0)
    .map((topic) => `${topic.delayed} messages of ${topic.topic} wait for their time.`);
  if (rows.length === 0) return [...delayed, 'There are no messages.'].join('\n');
  const widths = head.map((title, i) => Math.max(title.length, ...rows.map((row) => row[i]!.length)));
  const line = (row: readonly string[]) =>
    row
      .map((cell, i) =>
        i >= firstNumber && i !== groupColumn ? cell.padStart(widths[i]!) : cell.padEnd(widths[i]!),
      )
      .join('  ')
      .trimEnd();
  return [line(head), ...rows.map(line), ...delayed].join('\n');
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
