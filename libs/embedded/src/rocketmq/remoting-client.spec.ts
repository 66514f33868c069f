import { createServer, type Server, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { createOnBroker } from './broker-admin.js';
import { RemotingClient } from './remoting-client.js';

interface Command {
  code: number;
  opaque: number;
  extFields?: Record<string, string>;
}

let server: Server | undefined;
let sockets: Socket[] = [];

function frame(header: object, body = ''): Buffer {
  const json = Buffer.from(JSON.stringify(header));
  const lengths = Buffer.alloc(8);
  lengths.writeUInt32BE(4 + json.length + body.length, 0);
  lengths.writeUInt32BE(json.length, 4);
  return Buffer.concat([lengths, json, Buffer.from(body)]);
}

/** A broker that calls `answer` for each request. */
async function broker(answer: (socket: Socket, header: Command, body: string) => void): Promise<number> {
  server = createServer((socket) => {
    sockets.push(socket);
    let received = Buffer.alloc(0);
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk]);
      while (received.length >= 4 && received.length >= 4 + received.readUInt32BE(0)) {
        const end = 4 + received.readUInt32BE(0);
        const headerEnd = 8 + received.readUInt32BE(4);
        const header = JSON.parse(received.toString('utf8', 8, headerEnd)) as Command;
        answer(socket, header, received.toString('utf8', headerEnd, end));
        received = received.subarray(end);
      }
    });
  });
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

afterEach(() => {
  for (const socket of sockets) socket.destroy();
  sockets = [];
  server?.close();
});

describe('RemotingClient', () => {
  it('matches answers to requests, in any order and split into any pieces', async () => {
    const held: Command[] = [];
    const port = await broker((socket, header) => {
      held.push(header);
      if (held.length < 2) return;
      const answers = held
        .toReversed()
        .map(({ opaque, code }) => frame({ opaque, code: 0, remark: null }, `to ${code}`));
      for (const byte of Buffer.concat(answers)) socket.write(Buffer.of(byte));
    });
    const client = await RemotingClient.connect('127.0.0.1', port);
    const answers = await Promise.all([client.request(1, {}), client.request(2, {})]);
    expect(answers.map(({ body }) => body.toString())).toEqual(['to 1', 'to 2']);
    client.close();
  });

  it('rejects requests in progress when the connection ends', async () => {
    const port = await broker((socket) => socket.destroy());
    const client = await RemotingClient.connect('127.0.0.1', port);
    await expect(client.request(1, {})).rejects.toThrow('closed');
  });

  it('times out when the broker does not answer', async () => {
    const port = await broker(() => undefined);
    const client = await RemotingClient.connect('127.0.0.1', port, { timeoutMs: 50 });
    await expect(client.request(1, {})).rejects.toThrow('did not answer within 50 ms');
  });
});

describe('createOnBroker', () => {
  it('creates topics with their type and queues, and groups with their retry limit', async () => {
    const asked: [Command, string][] = [];
    const port = await broker((socket, header, body) => {
      asked.push([header, body]);
      socket.write(frame({ opaque: header.opaque, code: 0 }));
    });
    await createOnBroker(
      { host: '127.0.0.1', port },
      {
        topics: [{ name: 'retry', type: 'DELAY', queues: 4 }],
        groups: [{ name: 'readers', maxRetries: 9 }],
      },
    );
    expect(asked[0]?.[0]).toMatchObject({
      code: 17,
      extFields: {
        topic: 'retry',
        readQueueNums: '4',
        writeQueueNums: '4',
        attributes: '+message.type=DELAY',
      },
    });
    expect(asked[1]?.[0].code).toBe(200);
    expect(JSON.parse(asked[1]?.[1] ?? '')).toMatchObject({ groupName: 'readers', retryMaxTimes: 9 });
  });

  it('reports why the broker refused', async () => {
    const port = await broker((socket, { opaque }) =>
      socket.write(frame({ opaque, code: 1, remark: 'the name is reserved' })),
    );
    const wanted = { topics: [{ name: 'TBW102', type: 'NORMAL' as const, queues: 1 }], groups: [] };
    await expect(createOnBroker({ host: '127.0.0.1', port }, wanted)).rejects.toThrow(
      'RocketMQ refused to create the topic TBW102: the name is reserved (code 1).',
    );
  });
});
