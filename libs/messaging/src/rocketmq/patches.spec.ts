import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import {
  credentials,
  Server,
  ServerCredentials,
  type sendUnaryData,
  type ServerWritableStream,
} from '@grpc/grpc-js';
import { until } from '@seckill/clock';
import { Endpoints, type MessageView } from 'rocketmq-client-nodejs';
import definitions from 'rocketmq-client-nodejs/proto/apache/rocketmq/v2/definition_pb.js';
import services from 'rocketmq-client-nodejs/proto/apache/rocketmq/v2/service_grpc_pb.js';
import messages from 'rocketmq-client-nodejs/proto/apache/rocketmq/v2/service_pb.js';
import { PatchedConsumer, PatchedProducer } from './patches.js';
import { silentClientLogger } from './silent-client-logger.js';

/** A port without a listener. */
const NOBODY = '127.0.0.1:1';

class CountingProducer extends PatchedProducer {
  streams = 0;

  override createTelemetryStream(...to: Parameters<PatchedProducer['createTelemetryStream']>) {
    this.streams++;
    return super.createTelemetryStream(...to);
  }
}

/** A proxy that answers a route query after `ms`. */
async function slowProxy(ms: number): Promise<{ port: number; stop: () => void; asked: Promise<void> }> {
  const server = new Server();
  const ok = () => new definitions.Status().setCode(definitions.Code.OK);
  const asked = new Promise<void>((resolve) =>
    server.addService(services.MessagingServiceService, {
      queryRoute(_: unknown, answer: sendUnaryData<messages.QueryRouteResponse>) {
        resolve();
        setTimeout(() => answer(null, new messages.QueryRouteResponse().setStatus(ok())), ms);
      },
      notifyClientTermination(_: unknown, answer: sendUnaryData<messages.NotifyClientTerminationResponse>) {
        answer(null, new messages.NotifyClientTerminationResponse().setStatus(ok()));
      },
    }),
  );
  return { ...(await listening(server)), asked };
}

/** A proxy that answers every receive with these bodies, each marked as GZIP with a valid checksum. */
async function proxyWith(bodies: readonly Buffer[]): Promise<{ port: number; stop: () => void }> {
  const server = new Server();
  server.addService(services.MessagingServiceService, {
    receiveMessage(
      call: ServerWritableStream<messages.ReceiveMessageRequest, messages.ReceiveMessageResponse>,
    ) {
      for (const body of bodies) {
        const message = new definitions.Message()
          .setTopic(new definitions.Resource().setName('t'))
          .setBody(body)
          .setSystemProperties(
            new definitions.SystemProperties()
              .setBodyEncoding(definitions.Encoding.GZIP)
              .setBodyDigest(
                new definitions.Digest()
                  .setType(definitions.DigestType.MD5)
                  .setChecksum(createHash('md5').update(body).digest('hex').toUpperCase()),
              ),
          );
        call.write(new messages.ReceiveMessageResponse().setMessage(message));
      }
      call.write(
        new messages.ReceiveMessageResponse().setStatus(
          new definitions.Status().setCode(definitions.Code.OK),
        ),
      );
      call.end();
    },
  });
  return listening(server);
}

async function listening(server: Server): Promise<{ port: number; stop: () => void }> {
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    ),
  );
  return { port, stop: () => server.forceShutdown() };
}

class ReceivingConsumer extends PatchedConsumer {
  receiveAll(endpoints: Endpoints): Promise<MessageView[]> {
    const queue = { broker: { endpoints } } as Parameters<PatchedConsumer['receiveMessage']>[1];
    return this.receiveMessage(new messages.ReceiveMessageRequest(), queue, 1_000);
  }
}

describe('the patched client', () => {
  // The whole receive failed, and all of its messages were redelivered only after their invisible time.
  it('passes a body that does not inflate on as corrupted, and the others as they are', async () => {
    const good = gzipSync('good');
    const proxy = await proxyWith([good, Buffer.from('no gzip'), good]);
    const endpoints = `127.0.0.1:${proxy.port}`;
    const consumer = new ReceivingConsumer({
      endpoints,
      namespace: '',
      consumerGroup: 'g',
      subscriptions: new Map([['t', '*']]),
      awaitDuration: 1_000,
      logger: silentClientLogger,
    });
    const received = await consumer.receiveAll(new Endpoints(endpoints));
    await consumer.shutdown();
    proxy.stop();
    expect(received.map(({ body, corrupted }) => [body.toString(), corrupted])).toEqual([
      ['good', undefined],
      ['no gzip', true],
      ['good', undefined],
    ]);
  });

  // A stream that failed was renewed once for its error and once for its end, and each of those again: after ten
  // minutes of an outage the process was out of memory.
  it('renews a failed telemetry stream once a second, not once for its error and once for its end', async () => {
    const producer = new CountingProducer({
      endpoints: NOBODY,
      namespace: '',
      topic: 't',
      logger: silentClientLogger,
    });
    const started = performance.now();
    producer.getTelemetrySession(new Endpoints(NOBODY));
    await until(() => producer.streams >= 4);
    expect(performance.now() - started).toBeGreaterThan(2_500);
    await producer.shutdown();
  }, 30_000);

  // It succeeded with a route that was on its way, and left timers and a channel behind.
  it('does not complete a start that was given up, although a route is on its way', async () => {
    const { asked, ...proxy } = await slowProxy(300);
    const endpoints = `127.0.0.1:${proxy.port}`;
    const producer = new PatchedProducer({
      endpoints,
      namespace: '',
      topic: 't',
      logger: silentClientLogger,
    });
    const started = producer.startup();
    started.catch(() => {});
    await asked;
    await producer.shutdown();
    await expect(started).rejects.toThrow('Failed to fetch topic routes');
    proxy.stop();
  }, 30_000);

  // Its listeners were removed when it was dropped: an 'error' after that exited the process.
  it('survives a stream that breaks after it was dropped', async () => {
    const producer = new CountingProducer({
      endpoints: NOBODY,
      namespace: '',
      topic: 't',
      logger: silentClientLogger,
    });
    const stream = producer.createTelemetryStream(new Endpoints(NOBODY));
    stream.removeAllListeners();
    expect(() => stream.emit('error', new Error('dropped'))).not.toThrow();
    await producer.shutdown();
  });
});

describe('clients of one process', () => {
  // A connection that had died silently was given to every client that was started to replace the failing one.
  it('have a connection each', async () => {
    const connections: Socket[] = [];
    const server = createServer((socket) => connections.push(socket.on('error', () => {})));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const clients = [1, 2].map(
      () => new services.MessagingServiceClient(`127.0.0.1:${port}`, credentials.createInsecure()),
    );
    for (const client of clients) client.waitForReady(Date.now() + 10_000, () => {});
    await until(() => connections.length >= 2);
    expect(connections).toHaveLength(2);
    for (const client of clients) client.close();
    for (const connection of connections) connection.destroy();
    server.close();
  }, 30_000);
});
