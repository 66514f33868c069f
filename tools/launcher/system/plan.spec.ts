import { describe, expect, it } from '@jest/globals';
import { parseStartOptions } from '../options/start-options.js';
import { planProcesses, type Role, stopStages } from './plan.js';

const environment = {
  appsDir: '/built',
  env: { PATH: '/bin', DATABASE_URL: 'postgres://inherited', JWT_SECRET: 'inherited' },
  rocketMqEndpoints: '127.0.0.1:8081',
  databaseUrl: 'postgres://ledger',
  registryUrl: 'postgres://registry',
  jwtSecret: 'secret',
};

describe('planProcesses', () => {
  it('gives each role the certificate that says so, with --tls', () => {
    const tls = planProcesses(parseStartOptions(['--tls', '--data', '/data']), environment);
    expect(tls.find(({ name }) => name === 'gateway-2')?.env).toMatchObject({
      TLS_CERT_FILE: '/data/certificates/gateway.pem',
      TLS_KEY_FILE: '/data/certificates/gateway.key',
      TLS_CA_FILE: '/data/certificates/ca.pem',
    });
    expect(new Set(tls.map(({ role, env }) => [role, env['TLS_CERT_FILE']].join())).size).toBe(3);
    expect(planned.every(({ env }) => env['TLS_CERT_FILE'] === undefined)).toBe(true);
  });

  const planned = planProcesses(parseStartOptions([]), environment);

  it('gives each kind of process its own hundred ports, and gRPC a thousand above', () => {
    expect(planned.map(({ name, httpPort, grpcPort }) => [name, httpPort, grpcPort])).toEqual([
      ['inventory', 3_200, 4_200],
      ['seckill-service-1', 3_100, undefined],
      ['seckill-service-2', 3_101, undefined],
      ['gateway-1', 3_000, 4_000],
      ['gateway-2', 3_001, 4_001],
    ]);
  });

  it("gives a gateway what it needs, and not the ledger's URL", () => {
    expect(planned.find(({ name }) => name === 'gateway-2')).toMatchObject({
      script: '/built/gateway/src/main.js',
      env: {
        PATH: '/bin',
        HTTP_PORT: '3001',
        GRPC_PORT: '4001',
        ADVERTISED_HOST: '127.0.0.1',
        ROCKETMQ_ENDPOINTS: '127.0.0.1:8081',
        REGISTRY_URL: 'postgres://registry',
        JWT_SECRET: 'secret',
        LOG_FORMAT: 'text',
      },
    });
    const knowing = planned.filter(({ env }) => env['DATABASE_URL'] !== undefined);
    expect(knowing.map(({ role, env }) => [role, env['DATABASE_URL']])).toEqual([
      ['inventory', 'postgres://ledger'],
    ]);
  });
});

it('lets its user ask for a log in JSON', () => {
  const env = { ...environment.env, LOG_FORMAT: 'json' };
  const planned = planProcesses(parseStartOptions([]), { ...environment, env });
  expect(planned.map(({ env }) => env['LOG_FORMAT'])).toEqual(Array(5).fill('json'));
});

describe('stopStages', () => {
  it('stops those who ask before those who answer, and Postgres last', () => {
    const parts: { role: Role; name: string }[] = [
      { role: 'postgres', name: 'p' },
      { role: 'rocketmq', name: 'r' },
      { role: 'inventory', name: 'i' },
      { role: 'gateway', name: 'g1' },
      { role: 'seckill-service', name: 's' },
      { role: 'gateway', name: 'g2' },
    ];
    expect(stopStages(parts).map((stage) => stage.map(({ name }) => name))).toEqual([
      ['g1', 'g2'],
      ['s'],
      ['i'],
      ['r'],
      ['p'],
    ]);
  });

  it('has no empty stage', () => {
    expect(stopStages([{ role: 'inventory' as Role }])).toHaveLength(1);
  });
});
