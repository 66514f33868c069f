import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { TcpProxy } from './tcp-proxy.js';
import { waitFor } from '@seckill/clock';

describe('TcpProxy', () => {
  let echo: Server;
  let heard = '';
  let proxy: TcpProxy;
  const clients: Client[] = [];

  beforeEach(async () => {
    heard = '';
    echo = createServer((socket) => {
      socket.on('error', () => {});
      socket.on('data', (chunk) => {
        heard += chunk.toString();
        socket.write(chunk);
      });
    });
    echo.listen(0, '127.0.0.1');
    await once(echo, 'listening');
    proxy = await TcpProxy.start({ port: (echo.address() as AddressInfo).port });
  });

  afterEach(async () => {
    for (const { socket } of clients.splice(0)) socket.destroy();
    await proxy.close();
    await new Promise((resolve) => echo.close(resolve));
  });

  interface Client {
    socket: Socket;
    received: string;
    ended: string | undefined;
  }

  const dial = (): Client => {
    const client: Client = { socket: connect(proxy.port, '127.0.0.1'), received: '', ended: undefined };
    clients.push(client);
    client.socket.on('data', (chunk) => (client.received += chunk.toString()));
    client.socket.on('error', (error: NodeJS.ErrnoException) => (client.ended = error.code));
    client.socket.on('end', () => (client.ended ??= 'end'));
    return client;
  };
  const until = (what: string, probe: () => boolean) => waitFor(what, probe, { everyMs: 5 });

  it('passes bytes and the end of a stream both ways', async () => {
    const client = dial();
    client.socket.write('hello');
    await until('the echo', () => client.received === 'hello');
    client.socket.end();
    await until('the end', () => client.ended === 'end' && proxy.connections === 0);
  });

  it('delays each direction and keeps the order, also when the delay is taken away', async () => {
    await proxy.delay(150);
    const client = dial();
    const began = performance.now();
    client.socket.write('a');
    await until('the first byte at the server', () => heard === 'a');
    expect(performance.now() - began).toBeGreaterThanOrEqual(149);
    client.socket.write('b');
    await until('the echo of the first byte', () => client.received === 'a');
    expect(performance.now() - began).toBeGreaterThanOrEqual(298);
    await proxy.pass();
    client.socket.write('c');
    await until('everything', () => client.received === 'abc');
  });

  it('swallows one direction: the request arrives and its answer does not', async () => {
    const client = dial();
    client.socket.write('a');
    await until('the echo', () => client.received === 'a');
    proxy.drop(['to client']);
    client.socket.write('b');
    await until('the request', () => heard === 'ab');
    expect(client.ended).toBeUndefined();

    await proxy.pass();
    await until('a reset of the stream with a hole', () => client.ended === 'ECONNRESET');
    expect(client.received).toBe('a');
    const next = dial();
    next.socket.write('c');
    await until('the echo on a new connection', () => next.received === 'c');
  });

  it('keeps a connection over a partition in which nothing was sent', async () => {
    const client = dial();
    client.socket.write('a');
    await until('the echo', () => client.received === 'a');
    proxy.drop();
    await proxy.pass();
    client.socket.write('b');
    await until('the echo', () => client.received === 'ab');
  });

  it('cuts: resets what is open, refuses what is new, and listens on the same port again', async () => {
    const { port } = proxy;
    const client = dial();
    client.socket.write('a');
    await until('the echo', () => client.received === 'a');
    await proxy.cut();
    await until('a reset', () => client.ended === 'ECONNRESET');
    const refused = dial();
    await until('a refusal', () => refused.ended === 'ECONNREFUSED');

    await proxy.pass();
    expect(proxy.port).toBe(port);
    const next = dial();
    next.socket.write('b');
    await until('the echo', () => next.received === 'b');
  });

  it('closes a socket whose end is under way (its reset failed, it stayed open, and Node hung in its exit)', async () => {
    const client = dial();
    client.socket.write('a');
    await until('the echo', () => client.received === 'a');
    let cut: Promise<void> | undefined;
    const trigger = createServer((socket) => {
      socket.once('data', () => {
        cut = proxy.cut();
      });
    });
    trigger.listen(0, '127.0.0.1');
    await once(trigger, 'listening');
    const other = connect((trigger.address() as AddressInfo).port, '127.0.0.1');
    await once(trigger, 'connection');
    // The event loop finds both at once: the end at the proxy, then the byte that makes it cut.
    client.socket.end(() => other.write('now'));
    await until('the cut', () => cut !== undefined);
    await cut;
    await until('the end of both sides', () => proxy.connections === 0);
    other.destroy();
    trigger.close();
  });

  it('tells the client when the server is gone', async () => {
    const client = dial();
    client.socket.write('a');
    await until('the echo', () => client.received === 'a');
    const lost = await TcpProxy.start({ port: 1 });
    const refused = connect(lost.port, '127.0.0.1');
    const [error] = (await once(refused, 'error')) as [NodeJS.ErrnoException];
    expect(error.code).toBe('ECONNRESET');
    await lost.close();
  });

  it('carries only so many bytes a second, and loses none', async () => {
    await proxy.slow(10_000);
    const client = dial();
    const text = 'x'.repeat(2_000);
    const began = performance.now();
    client.socket.write(text);
    await until('the echo', () => client.received.length === text.length);
    // 0.2 s each way.
    expect(performance.now() - began).toBeGreaterThan(390);
  });

  it('cuts each connection after some bytes, and lets new ones begin', async () => {
    await proxy.cutAfter(5);
    for (let i = 0; i < 2; i++) {
      const client = dial();
      client.socket.write('hello');
      await until('the server hears it', () => heard.length >= 5 * (i + 1));
      await until('the end', () => client.ended !== undefined);
      expect(client.received).toBe('');
    }
  });

  it('freezes: nothing passes, on no connection, until everything goes on', async () => {
    const open = dial();
    open.socket.write('a');
    await until('the echo', () => open.received === 'a');
    proxy.freeze();
    const accepted = dial();
    await once(accepted.socket, 'connect');
    open.socket.write('b');
    accepted.socket.write('c');
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect([heard, open.received, accepted.received]).toEqual(['a', 'a', '']);
    await proxy.pass();
    await until('both echoes', () => open.received === 'ab' && accepted.received === 'c');
    expect([open.ended, accepted.ended]).toEqual([undefined, undefined]);
  });

  it('cuts a connection when the server says something, before the client hears it', async () => {
    await proxy.cutWhen((bytes) => bytes.includes('done'));
    const [other, client] = [dial(), dial()];
    client.socket.write('done');
    await until('a reset', () => client.ended === 'ECONNRESET');
    expect([heard, client.received]).toEqual(['done', '']);
    other.socket.write('more');
    await until('the echo', () => other.received === 'more');
  });

  it('forsakes the connections of now for ever, and lets new ones pass', async () => {
    const old = dial();
    old.socket.write('before');
    await until('the echo', () => old.received === 'before');
    proxy.halfOpen();
    old.socket.write('lost');
    const fresh = dial();
    fresh.socket.write('fresh');
    await until('the echo', () => fresh.received === 'fresh');
    await proxy.pass();
    expect([old.received, old.ended, heard]).toEqual(['before', undefined, 'beforefresh']);
    proxy.reset();
    await until('both ends', () => old.ended !== undefined && fresh.ended !== undefined);
  });
});
