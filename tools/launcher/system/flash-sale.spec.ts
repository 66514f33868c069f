import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, describe, expect, it } from '@jest/globals';
import { until } from '@seckill/clock';
import { accepts, identify, isFree, PidFile, scratchDirectory } from '@seckill/embedded';
import { freeBasePort } from '@tools/testbed';
import { parseStartOptions } from '../options/start-options.js';

import { FlashSale } from './flash-sale.js';
import { readRunRecord } from './run-record.js';

/** Is ready at once, prints its environment, and misbehaves when its environment says so. */
const fakeApp = `
  import { createServer } from 'node:http';
  import { appendFileSync } from 'node:fs';
  const name = process.argv[1].split('/').at(-3);
  if (process.env.BROKEN === name) {
    console.error('SETTING is not set');
    process.exit(1);
  }
  const server = createServer((request, response) => response.writeHead(request.url === '/health/ready' ? 200 : 404).end());
  server.listen(Number(process.env.HTTP_PORT), () => console.log('ledger ' + (process.env.DATABASE_URL ?? 'unknown')));
  process.on('SIGTERM', () => {
    appendFileSync(process.env.DIARY, name + '\\n');
    if (process.env.STUBBORN !== name) setTimeout(() => process.exit(0), 50);
  });
`;

/** Listens on the given port, and records how it ended. */
const fakeStandIn = `
  import { createServer } from 'node:net';
  const [, port] = process.argv.slice(process.argv.indexOf('--port'));
  const [, data] = process.argv.slice(process.argv.indexOf('--data'));
  createServer().listen(Number(port), '127.0.0.1', () => console.log('keeps messages in ' + data));
  process.on('SIGTERM', () => process.exit(0));
`;

const scratch = scratchDirectory('flash-sale');
const appsDir = join(scratch, 'apps');
for (const role of ['gateway', 'seckill-service', 'inventory']) {
  mkdirSync(join(appsDir, role, 'src'), { recursive: true });
  writeFileSync(join(appsDir, role, 'src', 'main.js'), fakeApp);
}
const standIn = join(appsDir, 'stand-in.js');
writeFileSync(standIn, fakeStandIn);
writeFileSync(join(appsDir, 'package.json'), '{ "type": "module" }');
const preload = join(appsDir, 'end-with-launcher.js');
// It is written so that it is JavaScript as well.
copyFileSync(fileURLToPath(new URL('../supervisor/end-with-launcher.ts', import.meta.url)), preload);

let systems: FlashSale[] = [];
let runs = 0;

async function setUp(environment: NodeJS.ProcessEnv = {}) {
  const dataDir = join(scratch, `data-${++runs}`);
  const base = await freeBasePort();
  const options = parseStartOptions(['--http-port', String(base), '--data', dataDir, '--no-demo']);
  const lines: string[] = [];
  const env: NodeJS.ProcessEnv = {
    PATH: process.env['PATH'],
    ROCKETMQ_ENDPOINTS: '127.0.0.1:1',
    DATABASE_URL: 'postgres://ledger',
    REGISTRY_URL: 'postgres://registry',
    DIARY: join(scratch, `diary-${runs}`),
    ...environment,
  };
  const create = () => {
    const print = (name: string, line: string) => lines.push(`${name}: ${line}`);
    const system = new FlashSale(options, env, print, { appsDir, standIn, preload: [preload] });
    systems.push(system);
    return system;
  };
  const pidOf = (name: string) => PidFile.in(join(dataDir, 'run'), name).read()?.pid;
  const diary = () => readFileSync(env['DIARY']!, 'utf8').trim().split('\n').slice(1);
  writeFileSync(env['DIARY']!, 'stopped:\n');
  return { base, dataDir, lines, create, pidOf, diary, env };
}

const names = ['gateway-1', 'gateway-2', 'seckill-service-1', 'seckill-service-2', 'inventory'];

describe('FlashSale', () => {
  afterEach(async () => {
    await Promise.all(systems.map((system) => system.kill()));
    systems = [];
  });
  afterAll(() => rmSync(scratch, { recursive: true, force: true }));

  it("starts every process, waits until it is ready, and gives only inventory the ledger's URL", async () => {
    const { create, lines, pidOf } = await setUp();
    const running = await create().start();
    expect(running?.processes.map(({ name }) => name).sort()).toEqual([...names].sort());
    await until(() => lines.length >= names.length);
    expect(lines).toContain('inventory: ledger postgres://ledger');
    expect(lines).toContain('gateway-1: ledger unknown');
    for (const name of names) expect(pidOf(name)).toBeDefined();
  }, 60_000);

  it('stops gateways, then services, then inventory, and leaves nothing behind', async () => {
    const { base, create, dataDir, diary, pidOf } = await setUp();
    const system = create();
    await system.start();
    const pids = names.map((name) => pidOf(name)!);
    await system.stop();
    expect(diary()).toEqual(['gateway', 'gateway', 'seckill-service', 'seckill-service', 'inventory']);
    expect(pids.map(identify)).toEqual(names.map(() => undefined));
    expect(readdirSync(join(dataDir, 'run'))).toEqual([]);
    expect(await isFree(base)).toBe(true);
  }, 60_000);

  it('starts a process again that was killed', async () => {
    const { create, lines, pidOf } = await setUp();
    await create().start();
    const pid = pidOf('gateway-2')!;
    process.kill(pid, 'SIGKILL');
    await until(() => pidOf('gateway-2') !== undefined && pidOf('gateway-2') !== pid);
    expect(lines).toContain('gateway-2: ended with SIGKILL; starting it again in 0.2 s');
  }, 60_000);

  it('gives up when a process keeps ending before it was ever ready', async () => {
    const { create, lines } = await setUp({ BROKEN: 'inventory' });
    await expect(create().start()).rejects.toThrow(
      'inventory ended 3 times before it was ready; see its lines above.',
    );
    expect(lines).toContain('inventory: SETTING is not set');
  }, 60_000);

  it('ends at once when it is killed during a stop that a process drags out', async () => {
    const { create, diary, pidOf } = await setUp({ STUBBORN: 'gateway' });
    const system = create();
    await system.start();
    const pids = names.map((name) => pidOf(name)!);
    const stopped = system.stop();
    await until(() => diary().length === 2);
    await system.kill();
    await stopped;
    expect(pids.map(identify)).toEqual(names.map(() => undefined));
  }, 60_000);

  it('can be stopped before it is ready', async () => {
    const { create, dataDir, pidOf } = await setUp();
    const system = create();
    const started = system.start();
    await until(() => pidOf('inventory') !== undefined);
    await system.stop();
    expect(await started).toBeUndefined();
    expect(readdirSync(join(dataDir, 'run'))).toEqual([]);
  }, 60_000);

  it('ends what a launcher that was killed has left, and no stranger that took over a number', async () => {
    const { create, dataDir, lines } = await setUp();
    const [leftover, stranger] = [spawn('sleep', ['60']), spawn('sleep', ['60'])];
    const runDir = join(dataDir, 'run');
    PidFile.in(runDir, 'gateway-9').write(identify(leftover.pid!)!);
    PidFile.in(runDir, 'gateway-8').write({ pid: stranger.pid!, startedAt: 'before' });
    try {
      await create().start();
      expect(leftover.signalCode).toBe('SIGTERM');
      expect(stranger.signalCode).toBeNull();
      expect(lines[0]).toMatch(
        /^launcher: ended gateway-9 \(process \d+\), left over from a launcher that was killed$/,
      );
    } finally {
      stranger.kill('SIGKILL');
    }
  }, 60_000);

  it('refuses a second launcher over the same data', async () => {
    const { create } = await setUp();
    await create().start();
    await expect(create().start()).rejects.toThrow(`A system runs already (process ${process.pid}).`);
  }, 60_000);

  it('says in one line which port is taken', async () => {
    const { base, create } = await setUp();
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(base + 101, '127.0.0.1', resolve));
    try {
      await expect(create().start()).rejects.toThrow(
        `Port ${base + 101}, wanted for seckill-service-2, is taken by another program.`,
      );
    } finally {
      server.close();
    }
  }, 60_000);

  it('brings a stand-in for RocketMQ when none is given, and keeps it at its port', async () => {
    const { base, create, dataDir, lines, pidOf } = await setUp({ ROCKETMQ_ENDPOINTS: '' });
    const system = create();
    const running = await system.start();
    const endpoints = `127.0.0.1:${base + 1_300}`;
    expect(running?.rocketMq).toEqual({ endpoints, embedded: true });
    const told = running?.processes.map(({ name, env }) => [name, env['ROCKETMQ_ENDPOINTS']] as const);
    // Inventory does not use RocketMQ: it keeps what it inherits.
    expect(new Map(told)).toEqual(
      new Map(names.map((name) => [name, name === 'inventory' ? '' : endpoints])),
    );
    expect(lines).toContain(`rocketmq: keeps messages in ${join(dataDir, 'stand-in')}`);

    const pid = pidOf('rocketmq')!;
    process.kill(pid, 'SIGKILL');
    await until(() => pidOf('rocketmq') !== undefined && pidOf('rocketmq') !== pid);
    await until(() => accepts(base + 1_300));
    await system.stop();
    expect(lines.at(-1)).toBe('launcher: stopping rocketmq');
  }, 60_000);

  it('writes down for other commands what runs, for as long as it does', async () => {
    const { base, create, dataDir } = await setUp({ DATABASE_URL: '', REGISTRY_URL: '' });
    const system = create();
    const running = await system.start();
    expect(readRunRecord(dataDir)).toEqual({
      gateways: [`http://127.0.0.1:${base}`, `http://127.0.0.1:${base + 1}`],
      ledgerUrl: running?.databaseUrl,
    });
    expect(statSync(join(dataDir, 'run', 'system.json')).mode & 0o777).toBe(0o600);
    await system.stop();
    expect(readRunRecord(dataDir)).toBeUndefined();
  }, 60_000);

  it('does not write down the address of a ledger that it was given', async () => {
    const { create, dataDir } = await setUp();
    await create().start();
    expect(readRunRecord(dataDir)).toEqual({ gateways: expect.any(Array) });
  }, 60_000);

  it('brings a Postgres of its own when none is given, and stops it last', async () => {
    const { base, create, dataDir, lines, pidOf } = await setUp({ DATABASE_URL: '', REGISTRY_URL: '' });
    const system = create();
    const running = await system.start();
    expect(running?.databaseUrl).toMatch(/^postgres:\/\/ledger:.+@127\.0\.0\.1:\d+\/ledger$/);
    expect(new URL(running!.databaseUrl).port).toBe(String(base + 1_400));
    expect(running?.registryUrl).toMatch(/^postgres:\/\/registry:.+@127\.0\.0\.1:\d+\/registry$/);
    expect(pidOf('inventory')).toBeDefined();
    await system.stop();
    expect(lines.at(-1)).toBe('launcher: stopping postgres');
    expect(readdirSync(join(dataDir, 'postgres'))).toEqual(['cluster', 'password']);
  }, 60_000);
});
