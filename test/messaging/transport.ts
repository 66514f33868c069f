import { randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe } from '@jest/globals';
import type { INestMicroservice, Type } from '@nestjs/common';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Test, type TestingModule } from '@nestjs/testing';
import type { MicroserviceOptions } from '@nestjs/microservices';
import {
  DeadLetters,
  GrpcReplyReceiver,
  GrpcReplySender,
  RequestErrorFilter,
  RocketMqClient,
  RocketMqServer,
  type RocketMqClientOptions,
  type RocketMqServerOptions,
} from '@seckill/messaging';
import { MemoryRegistry, newInstanceId, openRegistry, type Registry } from '@seckill/registry';
import { scratchDirectory, startEmbeddedPostgres, type EmbeddedPostgres } from '@seckill/embedded';
import { brokers, type ConformanceBroker } from '../conformance/brokers.js';
import { TransportProcess } from './processes/process.js';

const quiet = { log() {}, warn() {}, error() {} };
const ROLE = 'asker';

type ServerOptions = Partial<Omit<RocketMqServerOptions, 'connection' | 'group' | 'topic' | 'replies'>>;

/** Handlers and those who ask them, on topics of their own. */
export class Transport {
  readonly #closers: (() => Promise<unknown>)[] = [];
  readonly #topic = `t-${randomUUID()}`;

  private constructor(
    private readonly broker: ConformanceBroker,
    private readonly registry: Registry,
    private readonly registryUrl?: string,
  ) {}

  /**
   * @param groups of whom each gets every message
   * @param registryUrl where processes of their own find each other
   */
  static async on(
    broker: ConformanceBroker,
    groups: readonly string[] = ['workers'],
    registryUrl?: string,
  ): Promise<Transport> {
    const registry = registryUrl === undefined ? new MemoryRegistry() : await openRegistry(registryUrl);
    const transport = new Transport(broker, registry, registryUrl);
    const topic = transport.#topic;
    await broker.createTopology({
      topics: [
        { name: topic, type: 'NORMAL', queues: 2 },
        { name: `${topic}-retry`, type: 'DELAY', queues: 1 },
        { name: `${topic}-dead`, type: 'NORMAL', queues: 1 },
      ],
      groups: [...groups, 'operators'].map((group) => ({ name: `${topic}-${group}`, maxRetries: 1_000_000 })),
    });
    return transport;
  }

  /** A strategy for `connectMicroservice`. */
  server(group = 'workers', options: ServerOptions = {}): RocketMqServer {
    const replies = new GrpcReplySender({ registry: this.registry, role: ROLE });
    this.#closers.push(() => replies.close());
    return new RocketMqServer({
      connection: this.#connection,
      group: `${this.#topic}-${group}`,
      topic: this.#topic,
      retryTopic: `${this.#topic}-retry`,
      deadLetterTopic: `${this.#topic}-dead`,
      replies,
      pollMs: 1_000,
      stopWithinMs: 2_000,
      ...options,
    });
  }

  /** A running microservice with these controllers. */
  async worker(
    controllers: Type[],
    {
      group = 'workers',
      providers = [],
      strategy,
      set = () => {},
      ...options
    }: {
      group?: string;
      providers?: Type[];
      set?: (app: INestMicroservice) => unknown;
      strategy?: RocketMqServer;
    } & ServerOptions = {},
  ): Promise<TestingModule> {
    const module = await Test.createTestingModule({ controllers, providers }).compile();
    const app = module.createNestMicroservice<MicroserviceOptions>({
      strategy: strategy ?? this.server(group, options),
      logger: false,
    });
    set(app);
    await app.listen();
    this.#closers.unshift(() => app.close());
    return module;
  }

  /** Somebody who asks. */
  async asker(options: Partial<RocketMqClientOptions> = {}): Promise<RocketMqClient> {
    const replies = new GrpcReplyReceiver({
      instanceId: newInstanceId(ROLE),
      host: '127.0.0.1',
      port: 0,
      register: { registry: this.registry, role: ROLE },
    });
    const client = new RocketMqClient({
      connection: this.#connection,
      topic: this.#topic,
      replies,
      defaultTimeoutMs: 120_000,
      connectTimeoutMs: 120_000,
      ...options,
    });
    await client.connect();
    this.#closers.push(() => client.close());
    return client;
  }

  /** A worker or a web process of its own. It ends with the test at the latest. */
  async process(kind: 'web' | 'worker'): Promise<TransportProcess> {
    const { registryUrl, broker } = this;
    if (registryUrl === undefined) throw new Error('say onEveryBroker(…, { processes: true })');
    const settings = { kind, endpoints: broker.endpoints, registryUrl, topic: this.#topic, role: ROLE };
    const started = await TransportProcess.start(settings);
    this.#closers.unshift(() => started.kill());
    return started;
  }

  /** What was parked. */
  async deadLetters(): Promise<DeadLetters> {
    const letters = new DeadLetters({
      connection: this.#connection,
      group: `${this.#topic}-operators`,
      deadLetterTopic: `${this.#topic}-dead`,
      topic: this.#topic,
      connectTimeoutMs: 120_000,
    });
    await letters.connect();
    this.#closers.unshift(() => letters.close());
    return letters;
  }

  /** An HTTP server with these controllers. @returns its URL */
  async edge(controllers: Type[]): Promise<string> {
    const module = await Test.createTestingModule({ controllers }).compile();
    const app = module.createNestApplication(new FastifyAdapter(), { logger: false });
    app.useGlobalFilters(new RequestErrorFilter(app.getHttpAdapter()));
    await app.listen(0, '127.0.0.1');
    this.#closers.unshift(() => app.close());
    return app.getUrl();
  }

  async close(): Promise<void> {
    for (const close of this.#closers.splice(0)) await close();
    await this.registry.close();
  }

  get #connection() {
    return { endpoints: this.broker.endpoints, log: quiet };
  }
}

/**
 * The same tests on the stand-in and, where one runs, on the real RocketMQ.
 * @param tests is given what starts a transport of its own; that ends with the test
 * @param processes whether it starts processes, too, which find each other by a registry in Postgres
 */
export function onEveryBroker(
  title: string,
  tests: (start: (groups?: readonly string[]) => Promise<Transport>) => void,
  { processes = false } = {},
): void {
  const names = Object.keys(brokers).filter(
    (name) => name === 'the stand-in' || process.env['REAL_ROCKETMQ_ENDPOINTS'],
  );
  describe.each(names)(`${title}, on %s`, (name) => {
    let broker: ConformanceBroker;
    let postgres: EmbeddedPostgres | undefined;
    let transport: Transport | undefined;
    const directory = processes ? scratchDirectory('transport') : undefined;
    beforeAll(async () => {
      broker = await brokers[name]!();
      if (directory)
        postgres = await startEmbeddedPostgres({
          dataDir: directory,
          databases: ['registry'],
          fromTemplate: true,
        });
    }, 120_000);
    afterEach(() => transport?.close(), 60_000);
    afterAll(async () => {
      await broker?.stop();
      await postgres?.stop();
      if (directory) rmSync(directory, { recursive: true, force: true });
    }, 60_000);
    tests(async (groups) => (transport = await Transport.on(broker, groups, postgres?.url('registry'))));
  });
}
