import { randomUUID } from 'node:crypto';
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
  type RocketMqServerOptions,
} from '@seckill/messaging';
import { MemoryRegistry, MemoryRegistryStore, newInstanceId } from '@seckill/registry';
import { brokers, type ConformanceBroker } from '../conformance/brokers.js';

const quiet = { log() {}, warn() {}, error() {} };
const ROLE = 'asker';

/** Handlers and those who ask them, on topics of their own. */
export class Transport {
  readonly #store = new MemoryRegistryStore();
  readonly #closers: (() => Promise<unknown>)[] = [];
  readonly #topic = `t-${randomUUID()}`;

  private constructor(private readonly broker: ConformanceBroker) {}

  /** @param groups of whom each gets every message */
  static async on(broker: ConformanceBroker, groups: readonly string[] = ['workers']): Promise<Transport> {
    const transport = new Transport(broker);
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
  server(
    group = 'workers',
    options: Pick<RocketMqServerOptions, 'retryPolicy' | 'health'> = {},
  ): RocketMqServer {
    const registry = new MemoryRegistry(this.#store);
    const replies = new GrpcReplySender({ registry, role: ROLE });
    this.#closers.push(
      () => replies.close(),
      () => registry.close(),
    );
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
      set = () => {},
      ...options
    }: {
      group?: string;
      providers?: Type[];
      set?: (app: INestMicroservice) => unknown;
    } & Pick<RocketMqServerOptions, 'retryPolicy' | 'health'> = {},
  ): Promise<TestingModule> {
    const module = await Test.createTestingModule({ controllers, providers }).compile();
    const app = module.createNestMicroservice<MicroserviceOptions>({
      strategy: this.server(group, options),
      logger: false,
    });
    set(app);
    await app.listen();
    this.#closers.unshift(() => app.close());
    return module;
  }

  /** Somebody who asks. */
  async asker(): Promise<RocketMqClient> {
    const registry = new MemoryRegistry(this.#store);
    const replies = new GrpcReplyReceiver({ instanceId: newInstanceId(ROLE), host: '127.0.0.1', port: 0 });
    const client = new RocketMqClient({
      connection: this.#connection,
      topic: this.#topic,
      replies,
      defaultTimeoutMs: 20_000,
      connectTimeoutMs: 60_000,
    });
    await client.connect();
    const address = `127.0.0.1:${replies.port}`;
    await registry.register({ id: replies.instanceId, role: ROLE, address, startedAt: Date.now() });
    this.#closers.push(
      () => client.close(),
      () => registry.close(),
    );
    return client;
  }

  /** What was parked. */
  async deadLetters(): Promise<DeadLetters> {
    const letters = new DeadLetters({
      connection: this.#connection,
      group: `${this.#topic}-operators`,
      deadLetterTopic: `${this.#topic}-dead`,
      topic: this.#topic,
      connectTimeoutMs: 60_000,
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
  }

  get #connection() {
    return { endpoints: this.broker.endpoints, log: quiet };
  }
}

/**
 * The same tests on the stand-in and, where one runs, on the real RocketMQ.
 * @param tests is given what starts a transport of its own; that ends with the test
 */
export function onEveryBroker(
  title: string,
  tests: (start: (groups?: readonly string[]) => Promise<Transport>) => void,
): void {
  const names = Object.keys(brokers).filter(
    (name) => name === 'the stand-in' || process.env['REAL_ROCKETMQ_ENDPOINTS'],
  );
  describe.each(names)(`${title}, on %s`, (name) => {
    let broker: ConformanceBroker;
    let transport: Transport | undefined;
    beforeAll(async () => {
      broker = await brokers[name]!();
    }, 60_000);
    afterEach(() => transport?.close(), 60_000);
    afterAll(() => broker?.stop(), 30_000);
    tests(async (groups) => (transport = await Transport.on(broker, groups)));
  });
}
