import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import {
  accepts,
  freePorts,
  projectTopology,
  RemoteRocketMq,
  repositoryRoot,
  scratchDirectory,
} from '@seckill/embedded';
import { uniqueSaleId } from '@tools/load';
import { Requests, System, waitFor } from '@tools/testbed';
import { read } from '../../docker/testing/repository.js';
import { describeOnRealRocketMq } from '../support/real-rocketmq.js';

const directory = scratchDirectory('seckill-replica');
const children: ChildProcess[] = [];

/** A part of RocketMQ with a home of its own, as docker/compose.yaml runs each in a container of its own. */
function java(name: string, heap: string, main: string, ...args: string[]): ChildProcess {
  const home = join(directory, `home-${name}`);
  mkdirSync(home, { recursive: true });
  const out = openSync(join(home, 'out.log'), 'w');
  const opened = ['java.base/java.nio', 'java.base/sun.nio.ch'].map((it) => `--add-opens=${it}=ALL-UNNAMED`);
  const exported = '--add-exports=java.base/jdk.internal.ref=ALL-UNNAMED';
  const jars = join(repositoryRoot(), '.data', 'rocketmq', 'lib', '*');
  const flags = [`-Xmx${heap}`, exported, ...opened, `-Duser.home=${home}`, '-cp', jars];
  const env = { ...process.env, ROCKETMQ_HOME: home };
  const child = spawn('java', [...flags, `org.apache.rocketmq.${main}`, ...args], {
    env,
    stdio: ['ignore', out, out],
  });
  children.push(child);
  return child;
}

/** broker.conf, below it what compose puts there, and below that the ports of this machine. */
function brokerConf(own: string, port: number, metrics: number): string {
  const file = join(directory, own);
  const store = join(directory, `store-${own}`);
  const here = [
    'brokerIP1=127.0.0.1',
    'brokerIP2=127.0.0.1',
    `listenPort=${port}`,
    `fastListenPort=${port - 2}`,
    `haListenPort=${port + 1}`,
    `metricsPromExporterPort=${metrics}`,
    `storePathRootDir=${store}`,
    `storePathCommitLog=${join(store, 'commitlog')}`,
  ];
  const text = [read('docker/rocketmq/broker.conf'), read(`docker/rocketmq/${own}`), ...here, ''].join('\n');
  writeFileSync(file, text);
  return file;
}

describeOnRealRocketMq('RocketMQ with a replica, by the settings of docker/compose.yaml', () => {
  let system: System;
  let replica: ChildProcess;

  beforeAll(async () => {
    mkdirSync(directory, { recursive: true });
    const first = await freePorts(30);
    const [names, master, other, grpc] = [first, first + 5, first + 12, first + 20];
    const nameServer = `127.0.0.1:${names}`;
    const opens = (port: number) => waitFor(`port ${port}`, () => accepts(port), { timeoutMs: 120_000 });
    writeFileSync(join(directory, 'names.conf'), `listenPort=${names}\n`);
    java('names', '128m', 'namesrv.NamesrvStartup', '-c', join(directory, 'names.conf'));
    await opens(names);
    const broker = (own: string, port: number, metrics: number) =>
      java(own, '512m', 'broker.BrokerStartup', '-n', nameServer, '-c', brokerConf(own, port, metrics));
    broker('master.conf', master, first + 25);
    replica = broker('replica.conf', other, first + 26);
    await Promise.all([opens(master), opens(other)]);
    const proxy = JSON.parse(read('docker/rocketmq/rmq-proxy.json')) as object;
    const ports = { grpcServerPort: grpc, remotingListenPort: first + 21 };
    writeFileSync(join(directory, 'proxy.json'), JSON.stringify({ ...proxy, ...ports }));
    java('proxy', '384m', 'proxy.ProxyStartup', '-n', nameServer, '-pc', join(directory, 'proxy.json'));
    await opens(grpc);
    const endpoints = `127.0.0.1:${grpc}`;
    await new RemoteRocketMq({ host: '127.0.0.1', port: master }, endpoints).createTopology(
      projectTopology(),
    );
    system = await System.start({ rocketmq: { endpoints } });
  }, 400_000);

  afterAll(async () => {
    await system?.stop();
    for (const child of children.toReversed()) child.kill('SIGKILL');
    rmSync(directory, { recursive: true, force: true });
  }, 60_000);

  it(
    'sells, and tells buyers pending as soon as only one of the two would have their request',
    () =>
      system.explain(async () => {
        const saleId = uniqueSaleId('replica');
        await system.putSale(saleId, { total: 100 });
        const requests = new Requests();
        const gateway = system.gateways[0]!;
        expect((await requests.buy(gateway, saleId, 'with')).status).toBe(201);
        replica.kill('SIGKILL');
        await waitFor('a buyer who is told pending', async () => {
          const { status } = await requests.buy(gateway, saleId, `without-${Date.now()}`, {
            prefer: 'wait=3',
          });
          expect([201, 202]).toContain(status);
          return status === 202;
        });
        requests.close();
      }),
    180_000,
  );
});
