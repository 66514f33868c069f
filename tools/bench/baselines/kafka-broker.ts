import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import {
  accepts,
  ensureJars,
  freePorts,
  OwnedProcess,
  repositoryRoot,
  scratchDirectory,
  type JarSet,
} from '@seckill/embedded';
import { Kafka } from 'kafkajs';
import { KAFKA_PARTITIONS, KAFKA_TOPIC } from './names.js';

const run = promisify(execFile);

const jars: JarSet = {
  name: 'Kafka',
  size: '50 MB',
  versionProperty: 'kafka.version',
  jars: ['kafka_2.13', 'kafka-clients'],
};

/** Any id will do for a cluster of one: 16 bytes in base64. */
const CLUSTER_ID = 'c2Vja2lsbC1iZW5jaC0wMQ';

/** A real Kafka of one node, broker and controller in one process (KRaft), with its topics. */
export class KafkaBroker {
  private constructor(
    readonly port: number,
    private readonly child: OwnedProcess,
    private readonly directory: string,
  ) {}

  /** @throws CannotStartError when Java or Maven is missing */
  static async start(say: (line: string) => void): Promise<KafkaBroker> {
    const lib = join(repositoryRoot(), '.data', 'kafka', 'lib');
    await ensureJars(join(repositoryRoot(), 'docker', 'kafka', 'pom.xml'), lib, say, jars);
    say('starting Kafka');
    const directory = scratchDirectory('bench-kafka');
    const port = await freePorts(2);
    const settings = writeSettings(directory, port);
    const classPath = ['-cp', join(lib, '*')];
    await run('java', [...classPath, 'kafka.tools.StorageTool', 'format', '-t', CLUSTER_ID, '-c', settings]);
    const logging = `-Dlog4j.configuration=file:${join(directory, 'log4j.properties')}`;
    const args = ['-Xms512m', '-Xmx1g', logging, ...classPath, 'kafka.Kafka', settings];
    const child = new OwnedProcess({ name: 'Kafka', program: 'java', args });
    const broker = new KafkaBroker(port, child, directory);
    try {
      await child.ready(() => accepts(port), 120_000);
      await broker.#createTopics();
      return broker;
    } catch (error) {
      await broker.stop();
      throw error;
    }
  }

  get pid(): number | undefined {
    return this.child.pid;
  }

  async stop(): Promise<void> {
    await this.child.stop();
    await rm(this.directory, { recursive: true, force: true });
  }

  /**
   * Requests are flushed one by one, as RocketMQ does here: with one replica, what is acknowledged unflushed dies
   * with the machine. Answers need not survive, so their topic is spared that.
   */
  async #createTopics(): Promise<void> {
    const admin = new Kafka({ clientId: 'bench', brokers: [`127.0.0.1:${this.port}`] }).admin();
    await admin.connect();
    try {
      await admin.createTopics({
        waitForLeaders: true,
        topics: [
          {
            topic: KAFKA_TOPIC,
            numPartitions: KAFKA_PARTITIONS,
            configEntries: [{ name: 'flush.messages', value: '1' }],
          },
          { topic: `${KAFKA_TOPIC}.reply`, numPartitions: KAFKA_PARTITIONS },
        ],
      });
    } finally {
      await admin.disconnect();
    }
  }
}

function writeSettings(directory: string, port: number): string {
  const file = join(directory, 'server.properties');
  const settings = {
    'process.roles': 'broker,controller',
    'node.id': '1',
    'controller.quorum.voters': `1@127.0.0.1:${port + 1}`,
    listeners: `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${port + 1}`,
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${port}`,
    'controller.listener.names': 'CONTROLLER',
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
    'log.dirs': join(directory, 'logs'),
    'auto.create.topics.enable': 'false',
    'offsets.topic.replication.factor': '1',
    'offsets.topic.num.partitions': '4',
    'transaction.state.log.replication.factor': '1',
    'transaction.state.log.min.isr': '1',
    'group.initial.rebalance.delay.ms': '0',
  };
  mkdirSync(join(directory, 'logs'));
  writeFileSync(
    file,
    Object.entries(settings)
      .map(([name, value]) => `${name}=${value}\n`)
      .join(''),
  );
  const logging = [
    'log4j.rootLogger=WARN, stdout',
    'log4j.appender.stdout=org.apache.log4j.ConsoleAppender',
    'log4j.appender.stdout.layout=org.apache.log4j.PatternLayout',
    'log4j.appender.stdout.layout.ConversionPattern=%p %m%n',
  ];
  writeFileSync(join(directory, 'log4j.properties'), logging.join('\n'));
  return file;
}
