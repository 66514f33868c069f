import { credentials, Metadata, type ServiceError } from '@grpc/grpc-js';
import grpcService from 'rocketmq-client-nodejs/proto/apache/rocketmq/v2/service_grpc_pb.js';
import service from 'rocketmq-client-nodejs/proto/apache/rocketmq/v2/service_pb.js';
import definition from 'rocketmq-client-nodejs/proto/apache/rocketmq/v2/definition_pb.js';
import durations from 'google-protobuf/google/protobuf/duration_pb.js';
import { waitFor } from '@tools/testbed';

const invisibleMs = 1_000;
const senders = 4;

/** What one group went through. */
class GroupRecord {
  readonly seen = new Map<string, number>();
  /** Bodies whose ack was answered with OK. */
  readonly acked = new Set<string>();
  readonly cameBack: string[] = [];

  constructor(readonly name: string) {}
}

/**
 * Producers and consumers that go on through every crash, over plain gRPC: the client of RocketMQ takes a second to come
 * back, and a kill comes sooner. Each body is unique.
 */
export class KillLoad {
  readonly #client: InstanceType<typeof grpcService.MessagingServiceClient>;
  readonly #metadata = new Metadata();
  readonly #topic: string;
  readonly #confirmed = new Set<string>();
  readonly #attempted = new Set<string>();
  readonly #groups: readonly GroupRecord[];
  #sending: Promise<unknown> = Promise.resolve();
  #receiving: Promise<unknown> = Promise.resolve();
  readonly #sent = new AbortController();
  readonly #received = new AbortController();

  constructor(endpoints: string, groups: readonly string[], topic: string) {
    this.#client = new grpcService.MessagingServiceClient(endpoints, credentials.createInsecure(), {
      'grpc.initial_reconnect_backoff_ms': 20,
      'grpc.max_reconnect_backoff_ms': 50,
    });
    this.#metadata.set('x-mq-client-id', 'kill-load');
    this.#topic = topic;
    this.#groups = groups.map((name) => new GroupRecord(name));
  }

  /** Messages that were sent, whether or not an answer came. */
  get attempted(): number {
    return this.#attempted.size;
  }

  start(): void {
    this.#sending = Promise.all(Array.from({ length: senders }, (_, sender) => this.#send(sender)));
    this.#receiving = Promise.all(
      this.#groups.flatMap((group) => [this.#receive(group), this.#receive(group)]),
    );
  }

  /** Resolves once something was confirmed and something acked after this moment. */
  async progress(): Promise<void> {
    const before = this.#counts();
    await waitFor('progress', () => this.#counts().every((count, i) => count > before[i]!), { everyMs: 5 });
  }

  /** Ends the sending, and waits until every group is done and whatever would come back has had the time to. */
  async finish(isDone: () => Promise<boolean>): Promise<void> {
    this.#sent.abort();
    await this.#sending;
    await waitFor('the settling of everything', isDone);
    await new Promise((resolve) => setTimeout(resolve, 3 * invisibleMs));
    this.#received.abort();
    await this.#receiving;
  }

  /** What became of everything. */
  verdict() {
    return {
      confirmed: this.#confirmed.size,
      groups: this.#groups.map(({ name, seen, cameBack }) => ({
        name,
        lost: [...this.#confirmed].filter((body) => !seen.has(body)),
        cameBack,
        unheardOf: [...seen.keys()].filter((body) => !this.#attempted.has(body)),
      })),
    };
  }

  async close(): Promise<void> {
    this.#sent.abort();
    this.#received.abort();
    await Promise.all([this.#sending, this.#receiving]);
    this.#client.close();
  }

  #counts(): number[] {
    return [this.#confirmed.size, ...this.#groups.map(({ acked }) => acked.size)];
  }

  async #send(sender: number): Promise<void> {
    for (let i = 0; !this.#sent.signal.aborted; i++) {
      const body = `${sender}-${i}`;
      this.#attempted.add(body);
      const answered = await this.#sendOne(body).catch(() => false);
      if (answered) this.#confirmed.add(body);
      else await pause();
    }
  }

  async #sendOne(body: string): Promise<boolean> {
    const message = new definition.Message()
      .setTopic(new definition.Resource().setName(this.#topic))
      .setBody(Buffer.from(body))
      .setSystemProperties(
        new definition.SystemProperties()
          .setMessageId(body)
          .setMessageType(definition.MessageType.NORMAL)
          .setBodyEncoding(definition.Encoding.IDENTITY),
      );
    const request = new service.SendMessageRequest();
    request.addMessages(message);
    const response = await this.#call<InstanceType<typeof service.SendMessageResponse>>((answer) =>
      this.#client.sendMessage(request, this.#metadata, { deadline: Date.now() + 3_000 }, answer),
    );
    return response.getStatus()!.getCode() === definition.Code.OK;
  }

  async #receive(group: GroupRecord): Promise<void> {
    while (!this.#received.signal.aborted) {
      const messages = await this.#receiveSome(group).catch(() => undefined);
      if (!messages) await pause();
      await Promise.all((messages ?? []).map((message) => this.#settle(group, message)));
    }
  }

  async #receiveSome(group: GroupRecord) {
    const request = new service.ReceiveMessageRequest()
      .setGroup(new definition.Resource().setName(group.name))
      .setMessageQueue(new definition.MessageQueue().setTopic(new definition.Resource().setName(this.#topic)))
      .setBatchSize(8)
      .setInvisibleDuration(new durations.Duration().setSeconds(invisibleMs / 1_000))
      .setLongPollingTimeout(new durations.Duration().setSeconds(1));
    const stream = this.#client.receiveMessage(request, this.#metadata, { deadline: Date.now() + 4_000 });
    const messages: InstanceType<typeof definition.Message>[] = [];
    for await (const response of stream as AsyncIterable<
      InstanceType<typeof service.ReceiveMessageResponse>
    >) {
      const message = response.getMessage();
      if (message) messages.push(message);
    }
    return messages;
  }

  async #settle(group: GroupRecord, message: InstanceType<typeof definition.Message>): Promise<void> {
    const properties = message.getSystemProperties()!;
    const body = properties.getMessageId();
    group.seen.set(body, (group.seen.get(body) ?? 0) + 1);
    if (group.acked.has(body)) group.cameBack.push(body);
    const request = new service.AckMessageRequest()
      .setGroup(new definition.Resource().setName(group.name))
      .setTopic(new definition.Resource().setName(this.#topic));
    request.addEntries(
      new service.AckMessageEntry().setMessageId(body).setReceiptHandle(properties.getReceiptHandle()!),
    );
    const response = await this.#call<InstanceType<typeof service.AckMessageResponse>>((answer) =>
      this.#client.ackMessage(request, this.#metadata, { deadline: Date.now() + 3_000 }, answer),
    ).catch(() => undefined);
    if (response?.getStatus()?.getCode() === definition.Code.OK) group.acked.add(body);
  }

  #call<Response>(
    call: (answer: (error: ServiceError | null, response: Response) => void) => void,
  ): Promise<Response> {
    return new Promise((resolve, reject) =>
      call((error, response) => (error ? reject(error) : resolve(response))),
    );
  }
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 20));
}
