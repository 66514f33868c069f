import { afterEach, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { HttpConnection } from './http-connection.js';

describe('HttpConnection', () => {
  let server: Server | undefined;
  let connection: HttpConnection | undefined;

  afterEach(() => {
    connection?.close();
    server?.close();
  });

  /** Answers each request with these bytes, piece by piece. */
  const meet = async (pieces: readonly string[], then: (socket: Socket) => void = () => {}) => {
    server = createServer((socket) => {
      socket.setNoDelay(true);
      socket.on('error', () => {});
      socket.on('data', () => {
        void (async () => {
          for (const piece of pieces) {
            socket.write(piece, 'latin1');
            await new Promise((resolve) => setTimeout(resolve, 5));
          }
          then(socket);
        })();
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const statuses: (number | 'lost')[] = [];
    let wake = () => {};
    const { port } = server.address() as AddressInfo;
    connection = await HttpConnection.open(port, {
      answered: (_, status) => {
        statuses.push(status);
        wake();
      },
      lost: () => {
        statuses.push('lost');
        wake();
      },
    });
    const ask = async () => {
      const told = new Promise<void>((resolve) => (wake = resolve));
      connection!.send('POST / HTTP/1.1\r\nContent-Length: 0\r\n\r\n');
      await told;
      return [...statuses];
    };
    return ask;
  };

  it('reads answers one after the other, however they are cut', async () => {
    const ask = await meet(['HTTP/1.1 20', '1 Created\r\ncontent-', 'length: 5\r\n\r', '\nhe', 'llo']);
    expect(await ask()).toEqual([201]);
    expect(await ask()).toEqual([201, 201]);
  });

  it('reads an answer without a body', async () => {
    const ask = await meet(['HTTP/1.1 409 Conflict\r\nContent-Length: 0\r\n\r\n']);
    expect(await ask()).toEqual([409]);
  });

  it('says once that the connection is lost', async () => {
    const ask = await meet(['HTTP/1.1 201 Created\r\n'], (socket) => socket.destroy());
    expect(await ask()).toEqual(['lost']);
  });
});
