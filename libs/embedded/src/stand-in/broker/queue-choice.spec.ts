import { describe, expect, it } from '@jest/globals';
import { queueOfGroup } from './queue-choice.js';

describe('queueOfGroup', () => {
  it('chooses as the proxy of RocketMQ 5.5 was seen to choose', () => {
    // Sent to a FIFO topic of 8 queues on the real one; the queue is in each message that comes back.
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
