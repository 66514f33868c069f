import { describe, expect, it } from '@jest/globals';
import { queueOfGroup } from './queue-choice.js';

describe('queueOfGroup', () => {
  it('chooses the queues that were observed with the proxy of RocketMQ 5.5', () => {
    // Observed with messages that were sent to a FIFO topic with 8 queues of the real RocketMQ.
    const seen = {
      '0': 2,
      'order-1': 3,
      'order-2': 2,
      'order-3': 7,
      'user:42': 7,
      Käufer: 5,
      zzzzzzzz: 7,
      a: 0,
    };
    for (const [messageGroup, queue] of Object.entries(seen))
      expect({ messageGroup, queue: queueOfGroup(messageGroup, 8) }).toEqual({ messageGroup, queue });
  });
});
