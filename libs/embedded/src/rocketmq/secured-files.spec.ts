import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { repositoryRoot } from '../repository-root.js';
import { writeBrokerFiles } from './broker-files.js';
import { portsFrom } from './rocketmq-ports.js';
import { loadUsers, type RocketMqSecurity } from './security.js';

const scratch = mkdtempSync(join(tmpdir(), 'secured-files-'));
const shared = join(repositoryRoot(), 'docker', 'rocketmq');
const security: RocketMqSecurity = {
  certFile: '/certificates/rocketmq.pem',
  keyFile: '/certificates/rocketmq.key',
  caFile: '/certificates/ca.pem',
  admin: { accessKey: 'admin', accessSecret: 'only for this test' },
};
const secrets = {
  ROCKETMQ_ADMIN_SECRET: security.admin.accessSecret,
  GATEWAY_SECRET: 'a',
  SECKILL_SERVICE_SECRET: 'b',
  DEAD_LETTERS_SECRET: 'c',
};

/** Runs a script of the secured Docker configuration. */
const script = (name: string, args: string[], env: Record<string, string> = {}, cwd?: string) =>
  execFileSync('sh', [join(shared, 'secured', name), ...args], {
    encoding: 'utf8',
    cwd,
    env: { PATH: process.env['PATH'], ...secrets, SHARED_SETTINGS: shared, ...env },
  });

/** Parses a properties file as Java does. */
const properties = (text: string) =>
  Object.fromEntries(
    text
      .split('\n')
      .filter((line) => /^\w+=/.test(line))
      .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  );

describe('the settings of a RocketMQ with TLS and access keys', () => {
  afterAll(() => rmSync(scratch, { recursive: true, force: true }));
  const files = writeBrokerFiles(shared, scratch, portsFrom(21_000), security);

  it('require credentials from all clients, in broker and proxy', () => {
    const broker = properties(readFileSync(files.brokerConf, 'utf8'));
    const proxy = JSON.parse(readFileSync(files.proxyJson, 'utf8')) as object;
    for (const settings of [broker, proxy])
      expect(
        JSON.parse(JSON.stringify(settings), (_, value: unknown) => (value === 'true' ? true : value)),
      ).toMatchObject({
        authenticationEnabled: true,
        authorizationEnabled: true,
        innerClientAuthenticationCredentials: '{"accessKey":"admin","secretKey":"only for this test"}',
      });
    expect(proxy).toMatchObject({ tlsTestModeEnable: false, tlsCertPath: security.certFile });
  });

  it('are readable only by their owner, because they have secrets', () => {
    expect([files.brokerConf, files.proxyJson].map((file) => statSync(file).mode & 0o777)).toEqual([
      0o600, 0o600,
    ]);
  });

  it('are the same with Docker except for ports and paths', () => {
    const {
      listenPort: _listen,
      namesrvAddr: _nameServer,
      storePathRootDir: _store,
      storePathCommitLog: _log,
      metricsPromExporterPort: _metrics,
      ...java
    } = properties(readFileSync(files.brokerConf, 'utf8'));
    expect(properties(script('start-broker.sh', ['--print', 'broker.conf']))).toMatchObject(java);
    const {
      grpcServerPort: _grpc,
      remotingListenPort: _remoting,
      ...proxy
    } = JSON.parse(readFileSync(files.proxyJson, 'utf8')) as Record<string, unknown>;
    const docker = script('start-broker.sh', ['--print', 'rmq-proxy.json'], { ROCKETMQ_GRPC_PORT: '9000' });
    expect(JSON.parse(docker)).toEqual({ ...proxy, grpcServerPort: 9_000 });
  });

  it('have the credentials of mqadmin with Docker, readable only by their owner', () => {
    const conf = join(scratch, 'conf');
    mkdirSync(conf);
    writeFileSync(join(conf, 'tools.yml'), 'accessKey: rocketmq2\n');
    writeFileSync(join(scratch, 'mqadmin'), 'echo success\n');
    script('create-users.sh', [], { ROCKETMQ_HOME: scratch }, scratch);
    const file = join(conf, 'tools.yml');
    expect(readFileSync(file, 'utf8')).toBe('accessKey: admin\nsecretKey: "only for this test"\n');
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it('grant with Docker exactly the rights of users.json', () => {
    const calls = join(scratch, 'calls');
    const stub = join(scratch, 'mqadmin');
    writeFileSync(stub, `#!/bin/sh\necho "$@" >>${calls}\necho success\n`, { mode: 0o700 });
    script('create-users.sh', [], { MQADMIN: `sh ${stub}` });
    const granted = readFileSync(calls, 'utf8')
      .split('\n')
      .flatMap(
        (line) =>
          /^createAcl .* -s User:(\S+) -r (\S+) -a (\S+) -d Allow$/.exec(line)?.slice(1).join(' ') ?? [],
      );
    const wanted = loadUsers().flatMap(({ name, rights }) =>
      rights.map(({ resource, actions }) => `${name} ${resource} ${actions.join(',')}`),
    );
    expect(granted.toSorted()).toEqual(wanted.toSorted());
    expect(wanted.length).toBeGreaterThan(0);
  });
});
