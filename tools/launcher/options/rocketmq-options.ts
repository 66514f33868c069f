import type { BrokerAddress, GroupSpec, TopicSpec, TopicType } from '@seckill/embedded';
import {
  CommandLineError,
  type OptionTable,
  describeOptions,
  takeApart,
  wholeNumber,
} from './command-line.js';

const commands = ['start', 'stop', 'restart', 'status', 'create-topics'] as const;
const types: readonly TopicType[] = ['NORMAL', 'FIFO', 'DELAY', 'TRANSACTION'];

/** RocketMQ's own retry limit for a group made on the command line: so high that it never decides. */
const maxRetries = 1_000_000;

const table: OptionTable = {
  port: { type: 'string', value: 'N', help: 'port for clients (8081); any other takes the twelve from N' },
  data: { type: 'string', value: 'DIR', help: 'store, logs and pid files (.data/rocketmq)' },
  heap: { type: 'string', value: 'SIZE', help: "the broker's largest heap under Java (1g)" },
  with: {
    type: 'string',
    value: 'docker|java',
    help: 'Docker if an engine answers, else Java, unless said here',
  },
  topic: {
    type: 'string',
    multiple: true,
    value: 'NAME[:TYPE[:QUEUES]]',
    help: 'create-topics: one more topic',
  },
  broker: {
    type: 'string',
    value: 'HOST:PORT',
    help: 'create-topics: on this broker; its proxy is at ROCKETMQ_ENDPOINTS (127.0.0.1:8081)',
  },
  group: { type: 'string', multiple: true, value: 'NAME', help: 'create-topics: one more consumer group' },
};

/** What `npm run rocketmq` is asked to do. */
export interface RocketMqOptions {
  readonly command: (typeof commands)[number] | 'help';
  readonly port: number;
  readonly dataDir: string;
  readonly heap: string;
  readonly engine: 'docker' | 'java' | undefined;
  /** A broker that somebody else runs, for `create-topics`. */
  readonly broker: BrokerAddress | undefined;
  /** A topology file for `create-topics`. */
  readonly file: string | undefined;
  readonly topics: readonly TopicSpec[];
  readonly groups: readonly GroupSpec[];
}

/** The help text. */
export const rocketMqHelp = `Usage: npm run rocketmq -- [command] [options]

Runs the real RocketMQ 5.5 on this machine, in the background, with the topics of docker/rocketmq/topology.json.

  start                 (default) brings up what does not run yet, and creates what is missing
  stop                  ends it in order; its messages stay
  restart               stop, then start
  status                says what runs
  create-topics [FILE]  creates topics and groups from a file like topology.json, or from --topic and --group

${describeOptions(table)}`;

/** @throws CommandLineError that says what to write instead */
export function parseRocketMqOptions(args: readonly string[]): RocketMqOptions {
  const { positionals, values } = takeApart(args, table);
  const [command = 'start', file, ...rest] = positionals;
  const known = commands.find((name) => name === command);
  if (!known) throw new CommandLineError(`There is no command "${command}". --help shows what there is.`);
  if (rest.length > 0 || (file !== undefined && known !== 'create-topics'))
    throw new CommandLineError(`"${rest[0] ?? file}" is one word too many. --help shows what there is.`);
  const engine = values['with'];
  if (engine !== undefined && engine !== 'docker' && engine !== 'java')
    throw new CommandLineError(`--with takes docker or java, not "${String(engine)}".`);
  const { broker } = values;
  if (broker !== undefined && known !== 'create-topics')
    throw new CommandLineError('--broker goes with create-topics alone. --help shows what there is.');
  return {
    command: values['help'] ? 'help' : known,
    broker: broker === undefined ? undefined : parseBroker(String(broker)),
    port: wholeNumber('port', String(values['port'] ?? 8081), 1, 65_000),
    dataDir: String(values['data'] ?? '.data/rocketmq'),
    heap: String(values['heap'] ?? '1g'),
    engine,
    file,
    topics: list(values['topic']).map(parseTopic),
    groups: list(values['group']).map((name) => ({ name, maxRetries })),
  };
}

function list(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : [];
}

function parseBroker(text: string): BrokerAddress {
  const [, host, port] = /^([^:]+):(\d+)$/.exec(text) ?? [];
  if (host === undefined || port === undefined)
    throw new CommandLineError(`--broker takes HOST:PORT, such as broker:10911, not "${text}".`);
  return { host, port: wholeNumber('broker', port, 1, 65_535) };
}

function parseTopic(text: string): TopicSpec {
  const [name = '', type = 'NORMAL', queues = '8', ...rest] = text.split(':');
  const known = types.find((candidate) => candidate === type);
  if (!name || !known || rest.length > 0)
    throw new CommandLineError(
      `--topic takes NAME:TYPE:QUEUES with TYPE one of ${types.join(', ')}, not "${text}".`,
    );
  return { name, type: known, queues: wholeNumber('topic', queues, 1, 1_024) };
}
