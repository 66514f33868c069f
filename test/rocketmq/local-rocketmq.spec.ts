import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { identify, LocalRocketMq, type Topology } from '@seckill/embedded';
import { describeOnRealRocketMq } from '../support/real-rocketmq.js';

/** Topics and a group that no other test uses. */
function uniqueTopology(): Topology {
  const id = randomUUID().slice(0, 8);
  return {
    topics: [
      { name: `orders-${id}`, type: 'NORMAL', queues: 2 },
      { name: `timers-${id}`, type: 'DELAY', queues: 1 },
      { name: `steps-${id}`, type: 'FIFO', queues: 1 },
    ],
    groups: [{ name: `readers-${id}`, maxRetries: 1_000_000 }],
  };
}

/**
 * Runs a piece of client code in a process of its own: after its shutdown, a client of this package raises an uncaught
 * exception when the proxy is killed, which would end the test with it.
 */
async function inProcess(code: string, ...args: string[]): Promise<string> {
  const script = `
    import { Producer, SimpleConsumer } from 'rocketmq-client-nodejs';
    const [endpoints, topic, last] = process.argv.slice(1);
    const logger = { info() {}, warn() {}, error() {}, debug() {} };
    const options = { endpoints, namespace: '', logger };
    ${code}
    process.exit();`;
  const run = promisify(execFile);
  const { stdout } = await run(process.execPath, ['--input-type=module', '-e', script, ...args], {
    timeout: 60_000,
  });
  return stdout;
}

const send = (endpoints: string, topic: string, body: string) =>
  inProcess(
    `const producer = new Producer({ ...options, topics: [topic] });
     await producer.startup();
     await producer.send({ topic, body: Buffer.from(last) });`,
    endpoints,
    topic,
    body,
  );

const receiveOne = (endpoints: string, topic: string, group: string) =>
  inProcess(
    `const consumer = new SimpleConsumer({ ...options, consumerGroup: last, subscriptions: new Map([[topic, '*']]) });
     await consumer.startup();
     let messages = [];
     while (messages.length === 0) messages = await consumer.receive(1, 10_000);
     await consumer.ack(messages[0]);
     process.stdout.write(messages[0].body.toString());`,
    endpoints,
    topic,
    group,
  );

describeOnRealRocketMq('LocalRocketMq', () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'local-rocketmq-'));
  const open = () => new LocalRocketMq({ dataDir, ports: 0, heap: '512m' });
  const rocketMq = open();

  beforeAll(() => rocketMq.start(), 240_000);
  afterAll(async () => {
    await rocketMq.stop();
    rmSync(dataDir, { recursive: true, force: true });
  }, 60_000);

  it('creates topics and groups that clients can use at once', async () => {
    const topology = uniqueTopology();
    await rocketMq.createTopology(topology);
    const [{ name: topic }, { name: group }] = [topology.topics[0]!, topology.groups[0]!];
    await send(rocketMq.endpoints, topic, 'hello');
    expect(await receiveOne(rocketMq.endpoints, topic, group)).toBe('hello');
  }, 60_000);

  it('creates many of them faster than one Java program starts', async () => {
    const topics = Array.from({ length: 10 }, () => uniqueTopology().topics).flat();
    const groups = Array.from({ length: 10 }, () => uniqueTopology().groups).flat();
    await rocketMq.createTopology({ topics, groups });
    // Repeating it changes nothing and is no error.
    await rocketMq.createTopology({ topics, groups });
  }, 30_000);

  it('says what it was asked for when RocketMQ refuses', async () => {
    const wanted: Topology = { topics: [{ name: 'not!allowed', type: 'NORMAL', queues: 1 }], groups: [] };
    await expect(rocketMq.createTopology(wanted)).rejects.toThrow('refused to create the topic not!allowed');
  }, 30_000);

  it('is found by whoever names its directory, and not started twice', async () => {
    const other = open();
    expect(await other.state()).toBe('running');
    expect(await other.start()).toBe(false);
    expect(other.pid).toBe(rocketMq.pid);
  }, 30_000);

  it('keeps its messages and topics across kill -9', async () => {
    const topology = uniqueTopology();
    const [{ name: topic }, { name: group }] = [topology.topics[0]!, topology.groups[0]!];
    await rocketMq.createTopology(topology);
    await send(rocketMq.endpoints, topic, 'kept');
    const { pid, endpoints } = rocketMq;

    await rocketMq.kill();
    expect(identify(pid!)).toBeUndefined();
    expect(await rocketMq.state()).toBe('partly');

    expect(await rocketMq.start()).toBe(true);
    expect(rocketMq.endpoints).toBe(endpoints);
    await rocketMq.createTopology(topology);
    expect(await receiveOne(rocketMq.endpoints, topic, group)).toBe('kept');
  }, 240_000);

  it('is gone when a stop returns, so that it can be started again', async () => {
    const { pid } = rocketMq;
    expect(await rocketMq.stop()).toBe(true);
    expect(identify(pid!)).toBeUndefined();
    expect(await rocketMq.state()).toBe('stopped');
    expect(await rocketMq.stop()).toBe(false);
    expect(await rocketMq.start()).toBe(true);
  }, 240_000);
});
