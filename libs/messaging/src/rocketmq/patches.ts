import { Duplex } from 'node:stream';
import { gunzipSync } from 'node:zlib';
import { ChannelCredentials } from '@grpc/grpc-js';
import {
  Producer,
  SimpleConsumer,
  type BaseClient,
  type Endpoints,
  type MessageView,
  type RpcClientManager,
  type TopicRouteData,
} from 'rocketmq-client-nodejs';
import definitions from 'rocketmq-client-nodejs/proto/apache/rocketmq/v2/definition_pb.js';
import calls from 'rocketmq-client-nodejs/proto/apache/rocketmq/v2/service_grpc_pb.js';

/*
 * Fixes for rocketmq-client-nodejs 1.0.8, all in one place. Each part says what goes wrong without it;
 * test/rocketmq/patched-client.spec.ts shows it on the real broker.
 */

type TelemetryStream = ReturnType<BaseClient['createTelemetryStream']>;
type ReceiveMessage = RpcClientManager['receiveMessage'];
type ReceiveResponse = Awaited<ReturnType<ReceiveMessage>>[number];

const { Code, Encoding } = definitions;

/** Limit of an inflated body, in bytes: the broker itself accepts 4 MB. */
const MAX_INFLATED_BYTES = 16_000_000;

/**
 * All clients of a process share one connection per address, in the pool of grpc-js. When it dies silently (the other
 * machine disappeared), a new client would get the same dead connection for a quarter of an hour. With a pool of its
 * own it gets a new one. The package has no option for that.
 */
const SharedClient = calls.MessagingServiceClient;
calls.MessagingServiceClient = class extends SharedClient {
  constructor(address: string, credentials: ChannelCredentials, options: object = {}) {
    super(address, credentials, { 'grpc.use_local_subchannel_pool': 1, ...options });
  }
};

/**
 * The telemetry session removes all listeners from its stream when it drops it. A connection that breaks afterwards
 * emits 'error' without a listener, which exits the process. This keeps one listener on the stream for good.
 */
function keepErrorListener(stream: TelemetryStream): TelemetryStream {
  const removeAll = stream.removeAllListeners.bind(stream);
  const ignore = () => {};
  stream.removeAllListeners = (event?: string | symbol) => {
    // Any argument, even undefined, means one event only.
    if (event === undefined) removeAll();
    else removeAll(event);
    stream.on('error', ignore);
    return stream;
  };
  return stream.on('error', ignore);
}

/**
 * `shutdown()` does not clear the timer that renews the telemetry stream, which would then open a connection that is
 * never closed. After the shutdown the client gets a stream without a connection.
 */
function unconnectedStream(): TelemetryStream {
  const stream = new Duplex({ objectMode: true, read() {}, write: (_command, _encoding, done) => done() });
  return stream as unknown as TelemetryStream;
}

/**
 * The client keeps a channel per Endpoints *object*, and each route update (every 30 s) makes new objects for the same
 * address: channels pile up for half an hour. With one object per address they do not.
 */
class EndpointsByAddress {
  readonly #known = new Map<string, Endpoints>();

  unify(route: TopicRouteData): void {
    for (const { broker } of route.messageQueues) {
      const known = this.#known.get(broker.endpoints.facade);
      if (known) broker.endpoints = known;
      else this.#known.set(broker.endpoints.facade, broker.endpoints);
    }
  }
}

/**
 * With several topics, the broker's settings often arrive while routes are still being fetched, before `startup()`
 * waits for them, and the start hangs. Replaying the settings until `startup()` has seen them helps.
 */
class SettingsReplay {
  #replay: (() => void) | undefined;
  #timer: NodeJS.Timeout | undefined;

  received(handle: () => void): void {
    this.#replay = handle;
    handle();
  }

  async during(start: () => Promise<void>): Promise<void> {
    this.#timer = setInterval(() => this.#replay?.(), 20);
    await start().finally(() => this.stop());
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}

/**
 * One body that cannot be inflated makes the whole receive fail, with all other messages in it. Such a body is passed
 * on as it is, with a checksum that does not match: `corrupted`, like a body that was damaged on the way.
 */
function markUninflatable(response: ReceiveResponse): void {
  const message = response.getMessage();
  const properties = message?.getSystemProperties();
  if (!message || properties?.getBodyEncoding() !== Encoding.GZIP) return;
  try {
    gunzipSync(message.getBody_asU8(), { maxOutputLength: MAX_INFLATED_BYTES });
  } catch {
    properties.setBodyEncoding(Encoding.IDENTITY);
    properties.getBodyDigest()?.setChecksum('does not inflate');
  }
}

/** Options of the client and, for `sslEnabled`, the TLS to use. */
type WithTls<Options> = Options & { tls?: ChannelCredentials };

/**
 * With `sslEnabled` the client makes its channels with `ChannelCredentials.createSsl()`, which trusts the authorities
 * of the whole process and accepts no others. Each of these methods makes its channel, if it needs one, before its
 * first await, so that `createSsl()` can return the credentials of this client during the call.
 */
function useCredentials(channels: RpcClientManager, credentials: ChannelCredentials | undefined): void {
  if (!credentials) return;
  const methods = channels as unknown as Record<string, (...args: unknown[]) => unknown>;
  for (const name of Object.getOwnPropertyNames(Object.getPrototypeOf(channels))) {
    const method = methods[name]!;
    if (name === 'constructor' || name === 'close') continue;
    methods[name] = (...args) => {
      const own: unknown = Reflect.get(ChannelCredentials, 'createSsl');
      ChannelCredentials.createSsl = () => credentials;
      try {
        return method.apply(channels, args);
      } finally {
        Reflect.set(ChannelCredentials, 'createSsl', own);
      }
    };
  }
}

/** The fixes that a producer and a consumer share, as a subclass of `Client`. */
function patched<Options, Instance extends BaseClient>(
  Client: new (options: Options) => Instance,
): new (options: WithTls<Options>) => Instance & { readonly isShutDown: boolean } {
  abstract class Patched extends (Client as unknown as new (options: unknown) => BaseClient) {
    readonly #endpoints = new EndpointsByAddress();
    readonly #settings = new SettingsReplay();
    #isShutDown = false;

    constructor({ tls, ...options }: WithTls<Options>) {
      super(options);
      useCredentials(this.rpcClientManager, tls);
    }

    get isShutDown(): boolean {
      return this.#isShutDown;
    }

    override startup(): Promise<void> {
      return this.#settings.during(() => super.startup());
    }

    override onSettingsCommand(...settings: Parameters<BaseClient['onSettingsCommand']>): void {
      this.#settings.received(() => super.onSettingsCommand(...settings));
    }

    override createTelemetryStream(endpoints: Endpoints): TelemetryStream {
      return this.#isShutDown
        ? unconnectedStream()
        : keepErrorListener(super.createTelemetryStream(endpoints));
    }

    protected override onTopicRouteDataUpdate(topic: string, route: TopicRouteData): void {
      this.#endpoints.unify(route);
      super.onTopicRouteDataUpdate(topic, route);
    }

    /**
     * A start that was given up continues in the background, and succeeds as soon as one route is known, such as by an
     * answer that was on its way. It would leave timers and a channel behind.
     */
    protected override async updateRoutes(): Promise<void> {
      if (!this.#isShutDown) await super.updateRoutes();
      if (!this.#isShutDown) return;
      this.topicRouteCache.clear();
      throw new Error('shut down');
    }

    /** `shutdown()` notifies the proxy first, and rejects when it cannot be reached, before it has closed anything. */
    override async shutdown(): Promise<void> {
      this.#isShutDown = true;
      this.#settings.stop();
      await super.shutdown().catch(() => this.rpcClientManager.close());
    }
  }
  return Patched as unknown as ReturnType<typeof patched<Options, Instance>>;
}

/** A producer that survives lost connections, and whose shutdown always succeeds. */
export class PatchedProducer extends patched(Producer) {}

/** A consumer that can receive from one chosen topic of its group, and whose acks report failures. */
export class PatchedConsumer extends patched(SimpleConsumer) {
  readonly #pollMs: number;

  constructor(options: WithTls<ConstructorParameters<typeof SimpleConsumer>[0]> & { awaitDuration: number }) {
    super(options);
    this.#pollMs = options.awaitDuration;
    const receive: ReceiveMessage = this.rpcClientManager.receiveMessage.bind(this.rpcClientManager);
    this.rpcClientManager.receiveMessage = async (...request) => {
      const responses = await receive(...request);
      responses.forEach(markUninflatable);
      return responses;
    };
  }

  /**
   * Receives from one topic. `receive()` takes the topics of the group in turn, so that an empty one (nearly always the
   * retry topic) would block the busy one for a whole long poll.
   */
  async receiveFrom(topic: string, maxMessages: number, invisibleMs: number): Promise<MessageView[]> {
    const { messageQueues } = await this.getRouteData(topic);
    const queue = messageQueues[Math.floor(Math.random() * messageQueues.length)];
    if (!queue) throw new Error(`topic ${topic} has no queues`);
    const expression = this.getSettings().subscriptionExpressions.get(topic);
    if (!expression) throw new Error(`not subscribed to ${topic}`);
    const request = this.wrapReceiveMessageRequest(maxMessages, queue, expression, invisibleMs, this.#pollMs);
    return this.receiveMessage(request, queue, this.#pollMs);
  }

  /** After the shutdown messages are left to redelivery: a call would open a channel that is never closed. */
  override async changeInvisibleDuration(message: MessageView, ms: number): Promise<void> {
    if (this.isShutDown) throw new Error('shut down');
    await super.changeInvisibleDuration(message, ms);
  }

  /** Acks, and throws when the broker refuses the entry: `ack()` checks only the status of the call. */
  async ackChecked(message: MessageView): Promise<void> {
    if (this.isShutDown) throw new Error('shut down');
    for (const { status } of await this.ackMessage(message)) {
      if (status && status.code !== Code.OK) throw new Error(`ack refused: ${status.code} ${status.message}`);
    }
  }
}
