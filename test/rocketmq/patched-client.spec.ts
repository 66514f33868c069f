import { expect, it } from '@jest/globals';
import { systemClock } from '@seckill/clock';
import { GroupConsumer } from '@seckill/messaging';
import { namesIn } from '@seckill/topology';
import { describeOnRealRocketMq, realEndpoints } from '../support/real-rocketmq.js';

const quiet = { log() {}, warn() {}, error() {} };
const names = namesIn('');
const topics = Object.values(names.topics);

function consumer(endpoints: string, group: string, warnings: string[] = []) {
  const log = { ...quiet, warn: (message: string) => void warnings.push(message) };
  const options = { group, topics, invisibleMs: 3_000, pollMs: 1_000, clock: systemClock, log };
  return new GroupConsumer({ endpoints }, options);
}

describeOnRealRocketMq('the RocketMQ client as it is wrapped', () => {
  const rocketmq = realEndpoints ?? '';

  it('starts at the first try with several topics, where the bare one hangs every second time', async () => {
    for (let round = 0; round < 10; round++) {
      const warnings: string[] = [];
      const started = consumer(rocketmq, names.groups.deadLetters, warnings);
      started.start();
      await started.connected(240_000);
      expect({ status: started.status, warnings }).toEqual({ status: 'connected', warnings: [] });
      await started.close();
    }
  }, 120_000);

  it('goes on trying for a group that does not exist, and can be closed meanwhile', async () => {
    const lost = consumer(rocketmq, 'no-such-group');
    lost.start();
    await lost.connected(2_000);
    expect(lost.status).toBe('connecting');
    await lost.close();
    expect(lost.status).toBe('closed');
  }, 60_000);
});
