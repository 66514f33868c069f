import { describe, expect, it } from '@jest/globals';
import { systemClock } from '@seckill/clock';
import { GroupConsumer, TopicProducer } from '@seckill/messaging';
import { sharedRocketMq } from '../support/requests.js';
import { TcpProxy } from '../support/tcp-proxy.js';
import { waitFor } from '../support/wait-for.js';

const quiet = { log() {}, warn() {}, error() {} };
const topics = ['seckill-purchase', 'seckill-purchase-retry', 'seckill-purchase-dead'];

function consumer(endpoints: string, group: string, warnings: string[] = []) {
  const log = { ...quiet, warn: (message: string) => void warnings.push(message) };
  const options = { group, topics, invisibleMs: 3_000, pollMs: 1_000, clock: systemClock, log };
  return new GroupConsumer({ endpoints }, options);
}

describe('the RocketMQ client as it is wrapped', () => {
  const { rocketmq } = sharedRocketMq();

  it('starts at the first try with several topics, where the bare one hangs every second time', async () => {
    for (let round = 0; round < 10; round++) {
      const warnings: string[] = [];
      const started = consumer(rocketmq, 'seckill-dead-letters', warnings);
      started.start();
      await started.connected(60_000);
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

  it('survives a connection that drops after it was closed, and one that drops while it works', async () => {
    const { hostname, port } = new URL(`tcp://${rocketmq}`);
    const proxy = await TcpProxy.start({ host: hostname, port: Number(port) });
    const endpoints = `127.0.0.1:${proxy.port}`;
    const producer = new TopicProducer(
      'seckill-purchase-dead',
      { endpoints },
      { clock: systemClock, log: quiet },
    );
    producer.start();
    await producer.connected(60_000);
    await producer.send({ body: Buffer.from('before'), tag: 'test' });
    await proxy.cut();
    await expect(producer.send({ body: Buffer.from('meanwhile'), tag: 'test' })).rejects.toThrow(
      /UNAVAILABLE|connect/i,
    );
    await proxy.pass();
    await waitFor(
      'sending again',
      async () => {
        await producer.send({ body: Buffer.from('after'), tag: 'test' });
        return true;
      },
      { timeoutMs: 60_000 },
    );
    await producer.close();
    // Nobody may hear of this any more: an 'error' without a listener would end the process.
    await proxy.cut();
    await proxy.close();
  }, 120_000);
});
