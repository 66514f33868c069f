import { afterAll, afterEach, describe, expect, it } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePorts } from '@seckill/embedded';
import { HttpClient } from '@tools/load';
import { AppProcess } from './app-process.js';

describe('AppProcess', () => {
  const directory = mkdtempSync(join(tmpdir(), 'app-process-'));
  const started: AppProcess[] = [];
  const client = new HttpClient(1);

  afterEach(async () => {
    for (const app of started.splice(0)) await app.stop(1_000);
  });
  afterAll(() => {
    client.close();
    rmSync(directory, { recursive: true });
  });

  const app = async (name: string, script: string) => {
    const main = join(directory, `${name}.mjs`);
    writeFileSync(main, script);
    const made = new AppProcess({ main, name, env: { HTTP_PORT: String(await freePorts()), WORD: 'hello' } });
    started.push(made);
    return made;
  };
  const serving = `
    import { createServer } from 'node:http';
    console.log(process.env.WORD, process.env.JEST_WORKER_ID);
    createServer((_, response) => response.end('{}')).listen(process.env.HTTP_PORT, '127.0.0.1');`;
  const ask = (url: string, timeoutMs = 5_000) => client.send({ method: 'GET', url, timeoutMs });

  it('starts with its own environment only, and ends on SIGTERM', async () => {
    const server = await app('server', serving);
    await server.start();
    expect(server.log).toContain('hello undefined');
    expect((await ask(server.url)).status).toBe(200);
    expect(await server.stop()).toBe('ended with SIGTERM');
    expect(server.pid).toBeUndefined();
  });

  it('comes back on the same port after a kill', async () => {
    const server = await app('killed', serving);
    await server.start();
    const { url, pid } = server;
    await server.kill();
    await expect(ask(url)).rejects.toThrow('ECONNREFUSED');
    await server.restart();
    expect(server.url).toBe(url);
    expect(server.pid).not.toBe(pid);
    expect((await ask(url)).status).toBe(200);
  });

  it('is silent while it is paused', async () => {
    const server = await app('paused', serving);
    await server.start();
    server.pause();
    await expect(ask(server.url, 300)).rejects.toThrow('no answer within 300 ms');
    server.resume();
    expect((await ask(server.url)).status).toBe(200);
    server.pause();
    expect(await server.stop()).toBe('ended with SIGTERM');
  });

  it('kills what does not stop', async () => {
    const server = await app('stubborn', `process.on('SIGTERM', () => {});${serving}`);
    await server.start();
    expect(await server.stop(100)).toBe('ended with SIGKILL');
  });

  it('tells how it ended and what it said when it cannot start', async () => {
    const broken = await app('broken', `console.error('set DATABASE_URL'); process.exit(1);`);
    await expect(broken.start()).rejects.toThrow(/ended with code 1 before it was ready[^]*set DATABASE_URL/);
  });
});
