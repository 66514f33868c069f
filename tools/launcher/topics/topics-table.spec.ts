import { describe, expect, it } from '@jest/globals';
import type { Overview } from '@seckill/embedded';
import { topicsTable } from './topics-table.js';

const overview: Overview = {
  topics: [
    {
      topic: 'orders',
      type: 'NORMAL',
      delayed: 0,
      queues: [
        { queue: 0, first: 2, end: 12, groups: [{ group: 'a', offset: 7, inFlight: 1, lag: 4 }] },
        { queue: 1, first: 0, end: 3, groups: [] },
        { queue: 2, first: 0, end: 0, groups: [] },
      ],
    },
    { topic: 'timers', type: 'DELAY', delayed: 5, queues: [] },
  ],
};

describe('the table of topics', () => {
  it('shows queues with messages, their groups, and what waits', () => {
    expect(topicsTable(overview, false)).toBe(
      [
        'topic   type    queue  kept from  end  group  offset  in flight  lag',
        'orders  NORMAL      0          2   12  a           7          1    4',
        'orders  NORMAL      1          0    3  —',
        '5 messages of timers wait for their time.',
      ].join('\n'),
    );
  });

  it('shows empty queues when asked to, and says when there is nothing', () => {
    expect(topicsTable(overview, true)).toContain('orders  NORMAL      2');
    expect(topicsTable({ topics: [] }, false)).toBe('There are no messages.');
  });
});
