import { describe, expect, it } from '@jest/globals';
import { appEnvironment, appNames } from './app-environment.js';

const dependencies = {
  rocketMqEndpoints: '127.0.0.1:8081',
  rocketMqNamespace: 'shared',
  registryUrl: 'postgres://registry',
  databaseUrl: 'postgres://ledger',
  jwtSecret: 'secret',
};
const shared = { HTTP_PORT: '3000', ADVERTISED_HOST: '127.0.0.1', REGISTRY_URL: 'postgres://registry' };
const grpc = { GRPC_PORT: '4000', ADVERTISED_PORT: '4000' };
const queue = { ROCKETMQ_ENDPOINTS: '127.0.0.1:8081', ROCKETMQ_NAMESPACE: 'shared' };

describe('appEnvironment', () => {
  it('gives each app what it needs, and nothing else', () => {
    const ports = { httpPort: 3_000, grpcPort: 4_000 };
    expect(appNames.map((app) => appEnvironment(app, ports, dependencies))).toEqual([
      { ...shared, ...grpc, ...queue, JWT_SECRET: 'secret' },
      { ...shared, ...queue },
      { ...shared, ...grpc, DATABASE_URL: 'postgres://ledger' },
    ]);
  });

  it('advertises another port than the own, and sets no namespace when there is none', () => {
    const { rocketMqNamespace: _, ...others } = dependencies;
    const ports = { httpPort: 3_000, grpcPort: 4_000, advertisedPort: 5_000 };
    const environment = appEnvironment('gateway', ports, others);
    expect(environment).toMatchObject({ GRPC_PORT: '4000', ADVERTISED_PORT: '5000' });
    expect(environment).not.toHaveProperty('ROCKETMQ_NAMESPACE');
  });
});
