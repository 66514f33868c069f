import { describe, expect, it } from '@jest/globals';
import { parseRocketMqOptions } from './rocketmq-options.js';

describe('parseRocketMqOptions', () => {
  it('starts on the usual port when nothing is said', () => {
    expect(parseRocketMqOptions([])).toMatchObject({
      command: 'start',
      port: 8081,
      dataDir: '.data/rocketmq',
    });
  });

  it('takes topics and groups from the command line', () => {
    const args = ['create-topics', '--topic', 'a', '--topic', 'b:FIFO:4', '--group', 'g'];
    expect(parseRocketMqOptions(args)).toMatchObject({
      command: 'create-topics',
      topics: [
        { name: 'a', type: 'NORMAL', queues: 8 },
        { name: 'b', type: 'FIFO', queues: 4 },
      ],
      groups: [{ name: 'g', maxRetries: 1_000_000 }],
    });
  });

  it('takes a broker that is run elsewhere', () => {
    expect(parseRocketMqOptions(['create-topics', '--broker', 'broker:10911'])).toMatchObject({
      broker: { host: 'broker', port: 10_911 },
    });
  });

  it.each([
    [['begin'], 'The command takes one of start, stop, restart, status, create-topics, not "begin".'],
    [['stop', 'now'], 'Unexpected argument "now". --help shows what there is.'],
    [['--port', 'high'], '--port takes a whole number from 1 to 65000, not "high".'],
    [['--with', 'podman'], '--with takes one of docker, java, not "podman".'],
    [['--broker', 'b:1'], '--broker goes with create-topics alone. --help shows what there is.'],
    [['create-topics', '--broker', 'b'], '--broker takes HOST:PORT, such as broker:10911, not "b".'],
    [['--speed', '9'], "Unknown option '--speed'. --help shows what there is."],
    [
      ['create-topics', '--topic', 'a:ORDERED'],
      '--topic takes NAME:TYPE:QUEUES with TYPE one of NORMAL, FIFO, DELAY, TRANSACTION, not "a:ORDERED".',
    ],
  ])('says about %j what to write instead', (args, message) => {
    expect(() => parseRocketMqOptions(args)).toThrow(message);
  });
});
