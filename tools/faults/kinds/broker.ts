import type { FaultOrderInput } from '@seckill/embedded';
import type { Random } from '../random.js';
import { seconds, type Kind } from './kind.js';

/** What a stand-in does on order, for a while. */
function ordered(name: string, words: string, draw: (random: Random) => readonly FaultOrderInput[]): Kind {
  return {
    name,
    words,
    broker: 'stand-in',
    draw(random) {
      const orders = draw(random);
      const ms = random.whole(3_000, 9_000);
      return {
        words: `${name} for ${seconds(ms)}`,
        victim: 'broker',
        async inflict({ system, sleep }) {
          const { admin } = system.standIn;
          for (const order of orders) await admin.orderFault(order);
          await sleep(ms);
          await admin.clearFaults();
        },
      };
    },
  };
}

export const brokerFaults: readonly Kind[] = [
  ordered('lost-answers', "the broker's answers to sends and acks get lost after storing", (random) => [
    { kind: 'drop-answer', calls: ['send'], times: 10_000, chance: 0.1 + random.next() * 0.4 },
    { kind: 'drop-answer', calls: ['ack'], times: 10_000, chance: 0.1 + random.next() * 0.4 },
  ]),
  ordered('duplicates', 'the broker delivers messages twice', (random) => [
    { kind: 'duplicate-delivery', times: 10_000, chance: 0.2 + random.next() * 0.8 },
  ]),
  ordered('refusals', 'the broker refuses calls', (random) => [
    {
      kind: 'refuse',
      calls: ['send', 'receive', 'ack', 'change-invisible'],
      times: 10_000,
      chance: 0.1 + random.next() * 0.4,
    },
  ]),
  ordered('silent-broker', 'the broker answers nothing for a while', (random) => [
    { kind: 'pause', ms: random.whole(1_000, 8_000) },
  ]),
];
