import { Duplex } from 'node:stream';
import { gunzipSync } from 'node:zlib';
import { ChannelCredentials } from '@grpc/grpc-js';
import { Producer, SimpleConsumer, type MessageView, type TopicRouteData } from 'rocketmq-client-nodejs';
import definitions from 'rocketmq-client-nodejs/proto/apache/rocketmq/v2/definition_pb.js';
import calls from 'rocketmq-client-nodejs/proto/apache/rocketmq/v2/service_grpc_pb.js';

/*
 * rocketmq-client-nodejs 1.0.8, mended in one place. Each part names what goes wrong without it;
 * test/rocketmq/patched-client.spec.ts shows it on the real broker.
 */

type TelemetryStream = ReturnType<Producer['createTelemetryStream']>;
type Endpoints = Parameters<Producer['createTelemetryStream']>[0];

type ReceiveMessage = PatchedConsumer['rpcClientManager']['receiveMessage'];
type ReceiveResponse = Awaited<ReturnType<ReceiveMessage>>[number];

const { Code, Encoding } = definitions;

/** No message is larger than this once it is inflated, in bytes: the broker takes 4 MB. */
const MAX_INFLATED_BYTES = 16_000_000;

/**
 * All clients of a process share one connection to an address, through the pool of grpc-js. When it is dead without a
 * word (the other machine vanished), a client that starts afresh would get the same one again, for a quarter of an
 * hour. With a pool of its own it gets a new one. The package takes no options for its channels.
 */
const Shared = calls.MessagingServiceClient;
calls.MessagingServiceClient = class extends Shared {
  constructor(address: string, credentials: ChannelCredentials, options: object = {}) {
    super(address, credentials, { 'grpc.use_local_subchannel_pool': 1, ...options });
  }
};

/**
 * The telemetry session removes all listeners from its stream before it lets go of it. A connection that drops
 * afterwards emits 'error' to nobody, which ends the process. This keeps one listener on it for good.
 */
function neverUnheard(stream: TelemetryStream): TelemetryStream {
  const removeAll = stream.removeAllListeners.bind(stream);
  const ignore = () => {};
  stream.removeAllListeners = (event?: string | symbol) => {
    // With an argument, even an undefined one, it means one event only.
    if (event === undefined) removeAll();
    else removeAll(event);
    stream.on('error', ignore);
    return stream;
  };
  return stream.on('error', ignore);
}

/**
 * Renewing the telemetry stream is on a timer that `shutdown()` does not clear: it would open a connection that
 * nobody ever closes. After the end it gets a stream that leads nowhere.
 */
function streamToNowhere(): TelemetryStream {
  const nowhere = new Duplex({ objectMode: true, read() {}, write: (_command, _encoding, done) => done() });
  return nowhere as unknown as TelemetryStream;
}

/**
 * The client keeps a channel per *object* that describes the endpoints, and every route update (30 s) makes new
 * objects for the same address: channels pile up for half an hour. One object per address stops that.
 */
class KnownEndpoints {
  readonly #byFacade = new Map<string, Endpoints>();

  unify(route: TopicRouteData): void {
    for (const { broker } of route.messageQueues) {
      const known = this.#byFacade.get(broker.endpoints.facade);
      if (known) broker.endpoints = known;
      else this.#byFacade.set(broker.endpoints.facade, broker.endpoints);
    }
  }
}

/**
 * With more than one topic, the answer to the settings often arrives while routes are still being fetched, before
 * `startup()` begins to wait for it, and the start hangs. Repeating the answer until somebody has listened helps.
 */
class SettingsRepeated {
  #repeat: (() => void) | undefined;
  #timer: NodeJS.Timeout | undefined;

  received(handle: () => void): void {
    this.#repeat = handle;
    handle();
  }

  async during(start: () => Promise<void>): Promise<void> {
    this.#timer = setInterval(() => this.#repeat?.(), 20);
    await start().finally(() => this.stop());
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}

/**
 * One body that does not inflate makes the whole receive fail, with all the messages that came beside it. It is
 * handed on as it is, with a checksum that does not match: `corrupted`, as a body that was damaged on its way.
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
 * of the whole process and takes no other. Each of these methods makes its channel, if it needs one, before it first
 * waits, so that for this long `createSsl()` can answer with the credentials of this client.
 */
function useCredentials(
  channels: Producer['rpcClientManager'],
  credentials: ChannelCredentials | undefined,
): void {
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

/** A producer whose lost connections and shutdown harm nobody. */
export class PatchedProducer extends Producer {
  readonly #known = new KnownEndpoints();
  readonly #settings = new SettingsRepeated();
  #over = false;

  constructor({ tls, ...options }: WithTls<ConstructorParameters<typeof Producer>[0]>) {
    super(options);
    useCredentials(this.rpcClientManager, tls);
  }

  override startup(): Promise<void> {
    return this.#settings.during(() => super.startup());
  }

  override onSettingsCommand(...answer: Parameters<Producer['onSettingsCommand']>): void {
    this.#settings.received(() => super.onSettingsCommand(...answer));
  }

  override createTelemetryStream(endpoints: Endpoints): TelemetryStream {
    return this.#over ? streamToNowhere() : neverUnheard(super.createTelemetryStream(endpoints));
  }

  protected override onTopicRouteDataUpdate(topic: string, route: TopicRouteData): void {
    this.#known.unify(route);
    super.onTopicRouteDataUpdate(topic, route);
  }

  protected override async updateRoutes(): Promise<void> {
    if (!this.#over) await super.updateRoutes();
    if (this.#over) endStart(this.topicRouteCache);
  }

  /** Ends it for good, whether or not the proxy is there to hear of it. */
  override async shutdown(): Promise<void> {
    this.#over = true;
    this.#settings.stop();
    await endQuietly(() => super.shutdown(), this.rpcClientManager);
  }
}

/** A consumer that can receive from one chosen topic of its group, and whose acks tell the truth. */
export class PatchedConsumer extends SimpleConsumer {
  readonly #known = new KnownEndpoints();
  readonly #settings = new SettingsRepeated();
  readonly #pollMs: number;
  #over = false;

  constructor({
    tls,
    ...options
  }: WithTls<ConstructorParameters<typeof SimpleConsumer>[0]> & { awaitDuration: number }) {
    super(options);
    useCredentials(this.rpcClientManager, tls);
    this.#pollMs = options.awaitDuration;
    const receive: ReceiveMessage = this.rpcClientManager.receiveMessage.bind(this.rpcClientManager);
    this.rpcClientManager.receiveMessage = async (...request) => {
      const responses = await receive(...request);
      responses.forEach(markUninflatable);
      return responses;
    };
  }

  override startup(): Promise<void> {
    return this.#settings.during(() => super.startup());
  }

  override onSettingsCommand(...answer: Parameters<Producer['onSettingsCommand']>): void {
    this.#settings.received(() => super.onSettingsCommand(...answer));
  }

  override createTelemetryStream(endpoints: Endpoints): TelemetryStream {
    return this.#over ? streamToNowhere() : neverUnheard(super.createTelemetryStream(endpoints));
  }

  protected override onTopicRouteDataUpdate(topic: string, route: TopicRouteData): void {
    this.#known.unify(route);
    super.onTopicRouteDataUpdate(topic, route);
  }

  protected override async updateRoutes(): Promise<void> {
    if (!this.#over) await super.updateRoutes();
    if (this.#over) endStart(this.topicRouteCache);
  }

  /**
   * Receives from one topic. `receive()` takes the topics of the group in turn, so that an empty one (the retry
   * topic, nearly always) would hold up the busy one for a whole long poll.
   */
  async receiveFrom(topic: string, most: number, invisibleMs: number): Promise<MessageView[]> {
    const { messageQueues } = await this.getRouteData(topic);
    const queue = messageQueues[Math.floor(Math.random() * messageQueues.length)];
    if (!queue) throw new Error(`topic ${topic} has no queues`);
    const expression = this.getSettings().subscriptionExpressions.get(topic);
    if (!expression) throw new Error(`not subscribed to ${topic}`);
    const request = this.wrapReceiveMessageRequest(most, queue, expression, invisibleMs, this.#pollMs);
    return this.receiveMessage(request, queue, this.#pollMs);
  }

  /** What was received before the end is left to redelivery: a call now would open a channel that nobody closes. */
  override async changeInvisibleDuration(message: MessageView, ms: number): Promise<void> {
    if (this.#over) throw new Error('shut down');
    await super.changeInvisibleDuration(message, ms);
  }

  /** Acks, and throws when the broker refuses the entry: `ack()` looks only at the status of the call. */
  async ackChecked(message: MessageView): Promise<void> {
    if (this.#over) throw new Error('shut down');
    for (const { status } of await this.ackMessage(message)) {
      if (status && status.code !== Code.OK) throw new Error(`ack refused: ${status.code} ${status.message}`);
    }
  }

  /** Ends it for good, whether or not the proxy is there to hear of it. */
  override async shutdown(): Promise<void> {
    this.#over = true;
    this.#settings.stop();
    await endQuietly(() => super.shutdown(), this.rpcClientManager);
  }
}

/**
 * A start that was given up goes on by itself, and would leave timers and a channel behind if it came through; it does
 * so as soon as one route is known, be it by an answer that was on its way.
 */
function endStart(routes: Map<string, TopicRouteData>): never {
  routes.clear();
  throw new Error('shut down');
}

/** `shutdown()` tells the proxy first and rejects when it is not there, before it has closed anything. */
async function endQuietly(shutdown: () => Promise<void>, channels: { close(): void }): Promise<void> {
  try {
    await shutdown();
  } catch {
    channels.close();
  }
}
