import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { certificatePaths, repositoryRoot } from '@seckill/embedded';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { environmentOf, readDockerfile } from './testing/dockerfile.js';
import { apps, properties, read, readYaml, settingsOf } from './testing/repository.js';

interface Service {
  readonly build?: { context: string; dockerfile: string; args: Record<string, string> };
  readonly command?: string | string[];
  readonly environment?: Record<string, string>;
  readonly volumes?: string[];
  readonly depends_on?: Record<string, { condition: string }>;
  readonly healthcheck?: { test?: string[]; disable?: boolean };
  readonly ports?: string[];
  readonly deploy?: { replicas: number };
  readonly stop_grace_period?: string;
  readonly networks?: string[];
}

const compose = readYaml<{ services: Record<string, Service>; volumes: object }>('docker/compose.yaml');
const { services } = compose;
const image = environmentOf(readDockerfile(read('docker/Dockerfile')).at(-1)!, {});
const broker = read('docker/rocketmq/broker.conf');
const commandOf = (name: string) => [services[name]?.command].flat().join(' ');

describe('the compose file', () => {
  it.each(['docker/compose.yaml', 'docker/compose.tls.yaml', 'docker/rocketmq/compose.yaml'])(
    '%s is one, by the schema of Compose',
    (file) => {
      const ajv = new Ajv2020({ strict: false, validateFormats: false, allErrors: true });
      const validate = ajv.compile(JSON.parse(read('test/fixtures/schemas/compose-spec.json')) as object);
      const valid = validate(readYaml(file));
      expect(validate.errors ?? []).toEqual([]);
      expect(valid).toBe(true);
      // The schema is one that refuses.
      expect(validate({ services: { a: { image: 'x', portz: [] } } })).toBe(false);
    },
  );

  it('tells each app only what it reads, all of it from the inside', () => {
    for (const app of apps) {
      const { environment = {}, build } = services[app]!;
      expect(build).toMatchObject({ context: '..', dockerfile: 'docker/Dockerfile', args: { APP: app } });
      const known = settingsOf(app);
      expect(known.size).toBeGreaterThan(6);
      expect(Object.keys(environment).filter((name) => !known.has(name))).toEqual([]);
    }
    const holding = Object.entries(services).filter(([, { environment }]) => environment?.['DATABASE_URL']);
    expect(holding.map(([name]) => name)).toEqual(['inventory']);
    const places = Object.values(services).flatMap(({ environment = {} }) =>
      Object.values(environment).flatMap((value) =>
        [...value.matchAll(/(?:@|^)([a-z][a-z-]+):\d+/g)].map(([, host]) => host!),
      ),
    );
    expect(places.length).toBeGreaterThan(3);
    for (const host of places) expect(Object.keys(services)).toContain(host);
  });

  it('gives each app its own certificate where it looks for it, when it is told to', () => {
    const secured = readYaml<{ services: Record<string, Service> }>('docker/compose.tls.yaml').services;
    expect(Object.keys(secured).sort()).toEqual([...apps].sort());
    for (const app of apps) {
      const { environment = {}, volumes = [] } = secured[app]!;
      const { certFile, keyFile, caFile } = certificatePaths(
        join(repositoryRoot(), '.data/certificates'),
        app,
      );
      const mounted = volumes.map((volume) => {
        const [source, target] = volume.split(':') as [string, string];
        return [join(repositoryRoot(), 'docker', source), target];
      });
      const named = [environment['TLS_CERT_FILE'], environment['TLS_KEY_FILE'], environment['TLS_CA_FILE']];
      expect(mounted).toEqual([certFile, keyFile, caFile].map((file, i) => [file, named[i]]));
      expect(Object.keys(environment).filter((name) => !settingsOf(app).has(name))).toEqual([]);
    }
  });

  it('asks for no variable that the example of .env does not name', () => {
    const asked = [...read('docker/compose.yaml').matchAll(/(?<!\$)\$\{([A-Z_]+)/g)].map(([, name]) => name!);
    const named = [...read('docker/.env.example').matchAll(/^#?([A-Z_]+)=/gm)].map(([, name]) => name!);
    expect([...new Set(asked)].sort()).toEqual([...named].sort());
    // An example never works by itself: whoever forgets a secret is told so.
    for (const name of named.filter((name) => name !== 'REGISTRY_URL')) {
      expect(read('docker/.env.example')).toMatch(new RegExp(`^${name}=$`, 'm'));
      expect(read('docker/compose.yaml')).toContain(`\${${name}:?fill in docker/.env}`);
    }
  });

  it('mounts only files that exist, and volumes that it declares', () => {
    for (const [name, { volumes = [] }] of Object.entries(services)) {
      for (const volume of volumes) {
        const [source = ''] = volume.split(':');
        const exists = source.startsWith('.')
          ? existsSync(join(repositoryRoot(), 'docker', source))
          : source in compose.volumes;
        expect([name, source, exists]).toEqual([name, source, true]);
      }
    }
  });

  it('waits only for what exists and says how it is', () => {
    for (const [name, { depends_on = {} }] of Object.entries(services)) {
      for (const [other, { condition }] of Object.entries(depends_on)) {
        const there = services[other];
        const can = condition === 'service_healthy' && (there?.build ?? there?.healthcheck?.test);
        const ends = condition === 'service_completed_successfully' && other === 'topics';
        expect([name, other, Boolean(can) || ends]).toEqual([name, other, true]);
      }
    }
  });

  it('publishes as many ports as there are gateways, and nothing to other machines', () => {
    const { deploy, ports = [] } = services['gateway']!;
    const [, first, last, inside] = /^127\.0\.0\.1:(\d+)-(\d+):(\d+)$/.exec(ports[0] ?? '') ?? [];
    expect(Number(last) - Number(first) + 1).toBe(deploy!.replicas);
    expect(inside).toBe(image['HTTP_PORT']);
    expect(services['seckill-service']!.deploy!.replicas).toBeGreaterThan(1);
    for (const { ports: published = [] } of Object.values(services))
      for (const port of published) expect(port).toMatch(/^127\.0\.0\.1:/);
  });
});

describe("RocketMQ's settings there", () => {
  it.each([
    ['broker', 'master.conf'],
    ['broker-replica', 'replica.conf'],
  ])('%s runs by the broker.conf of npm run rocketmq, and below it %s', (name, own) => {
    expect(services[name]?.volumes).toContain('./rocketmq:/etc/rocketmq:ro');
    expect(commandOf(name)).toContain(
      `cat /etc/rocketmq/broker.conf /etc/rocketmq/${own} > /tmp/broker.conf`,
    );
    expect(commandOf(name)).toContain('-c /tmp/broker.conf');
    const settings = properties(broker, read(`docker/rocketmq/${own}`));
    expect(settings).toMatchObject({ flushDiskType: 'SYNC_FLUSH', brokerIP1: name, brokerIP2: name });
  });

  it('make a master that confirms a message once its replica has it, too', () => {
    const master = properties(broker, read('docker/rocketmq/master.conf'));
    const replica = properties(broker, read('docker/rocketmq/replica.conf'));
    expect(master).toMatchObject({ brokerRole: 'SYNC_MASTER', brokerId: '0', inSyncReplicas: '2' });
    expect(replica).toMatchObject({ brokerRole: 'SLAVE', brokerId: '1' });
    for (const name of ['brokerName', 'brokerClusterName']) expect(replica[name]).toBe(master[name]);
  });

  it("have the proxy read npm run rocketmq's, in the same cluster", () => {
    expect(commandOf('proxy')).toContain('-pc /etc/rocketmq/rmq-proxy.json');
    const proxy = JSON.parse(read('docker/rocketmq/rmq-proxy.json')) as Record<string, unknown>;
    expect(proxy['rocketMQClusterName']).toBe(properties(broker)['brokerClusterName']);
  });

  it('are put together under one engine for the port that clients use', () => {
    const { broker: one } = readYaml<{ services: Record<string, Service> }>(
      'docker/rocketmq/compose.yaml',
    ).services;
    const [shell = '', flag = '', script = ''] = one!.command as string[];
    const scratch = mkdtempSync(join(tmpdir(), 'compose-'));
    try {
      // In one go: the repository itself may lie below /tmp.
      const places: Record<string, string> = {
        '/etc/rocketmq': join(repositoryRoot(), 'docker', 'rocketmq'),
        '/tmp': scratch,
      };
      const here = script
        .replaceAll(/\/etc\/rocketmq|\/tmp/g, (place) => places[place]!)
        .replaceAll('$$', '$')
        .replace('exec sh mqproxy', 'echo');
      execFileSync(shell, [flag, here], { env: { PATH: process.env['PATH'], ROCKETMQ_GRPC_PORT: '9000' } });
      expect(JSON.parse(readFileSync(join(scratch, 'rmq-proxy.json'), 'utf8'))).toEqual({
        ...(JSON.parse(read('docker/rocketmq/rmq-proxy.json')) as object),
        grpcServerPort: 9_000,
      });
      expect(properties(readFileSync(join(scratch, 'broker.conf'), 'utf8'))).toEqual({
        ...properties(broker),
        metricsPromExporterHost: '0.0.0.0',
      });
    } finally {
      rmSync(scratch, { recursive: true });
    }
    expect(one!.ports![0]).toMatch(/(\$\{ROCKETMQ_GRPC_PORT:-8081\}):\1$/);
  });

  it('take topics and groups from topology.json, as npm run rocketmq does', () => {
    expect(services['topics']?.environment).toMatchObject({
      ROCKETMQ_ENDPOINTS: 'proxy:8081',
    });
    expect(services['topics']?.command).toEqual(['rocketmq', 'create-topics', '--broker', 'broker:10911']);
  });
});
