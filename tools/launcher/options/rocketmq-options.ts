import type { BrokerAddress, TopicSpec, TopicType } from '@seckill/embedded';
import {
  CommandLineError,
  describeOptions,
  list,
  oneOf,
  option,
  parseCommandLine,
  text,
  wholeNumber,
} from '@tools/command-line';

const types: readonly TopicType[] = ['NORMAL', 'FIFO', 'DELAY', 'TRANSACTION'];

/** RocketMQ's own retry limit for a group made on the command line: so high that it never decides. */
const maxRetries = 1_000_000;

const options = {
  port: option(
    'N',
    'port for clients; any other than 8081 takes the twelve from N',
    wholeNumber(1, 65_000),
    '8081',
  ),
  data: option('DIR', 'store, logs and pid files', text, '.data/rocketmq'),
  heap: option('SIZE', "the broker's largest heap under Java", text, '1g'),
  with: option(
    'docker|java',
    'what runs it (Docker if an engine answers, else Java)',
    oneOf(['docker', 'java']),
  ),
  topic: list('NAME[:TYPE[:QUEUES]]', 'create-topics: one more topic', readTopic),
  broker: option(
    'HOST:PORT',
    'create-topics: on this broker; its proxy is at ROCKETMQ_ENDPOINTS (127.0.0.1:8081)',
    readBroker,
  ),
  group: list('NAME', 'create-topics: one more consumer group', text),
};

const help = `Usage: npm run rocketmq -- [command] [options]

Runs the real RocketMQ 5.5 on this machine, in the background, with the topics of docker/rocketmq/topology.json.

  start                 (default) starts what does not run yet, and creates what is missing
  stop                  stops it in order; its messages stay
  restart               stop, then start
  status                shows what runs
  create-topics [FILE]  creates topics and groups from a file like topology.json, or from --topic and --group

${describeOptions(options)}`;

/** What `npm run rocketmq` is asked to do. */
export type RocketMqOptions = ReturnType<typeof parseRocketMqOptions>;

/** @throws CommandLineError, HelpRequest */
export function parseRocketMqOptions(args: readonly string[]) {
  const { words, values } = parseCommandLine(args, { help, options, words: 2 });
  const [first = 'start', file] = words;
  const command = oneOf(['start', 'stop', 'restart', 'status', 'create-topics'])(first, 'The command');
  const { data: dataDir, with: engine, topic: topics, group, ...rest } = values;
  if (file !== undefined && command !== 'create-topics')
    throw new CommandLineError(`Unexpected argument "${file}". --help shows what there is.`);
  if (rest.broker && command !== 'create-topics')
    throw new CommandLineError('--broker goes with create-topics alone. --help shows what there is.');
  return {
    ...rest,
    command,
    file,
    dataDir,
    engine,
    topics,
    groups: group.map((name) => ({ name, maxRetries })),
  };
}

function readBroker(given: string, option: string): BrokerAddress {
  const [, host, port] = /^([^:]+):(\d+)$/.exec(given) ?? [];
  if (host === undefined || port === undefined)
    throw new CommandLineError(`${option} takes HOST:PORT, such as broker:10911, not "${given}".`);
  return { host, port: wholeNumber(1, 65_535)(port, option) };
}

function readTopic(given: string, option: string): TopicSpec {
  const [name = '', type = 'NORMAL', queues = '8', ...rest] = given.split(':');
  const known = types.find((candidate) => candidate === type);
  if (!name || !known || rest.length > 0)
    throw new CommandLineError(
      `${option} takes NAME:TYPE:QUEUES with TYPE one of ${types.join(', ')}, not "${given}".`,
    );
  return { name, type: known, queues: wholeNumber(1, 1_024)(queues, option) };
}
