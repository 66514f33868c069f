import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RocketMqPorts } from './rocketmq-ports.js';
import type { RocketMqSecurity } from './security.js';

/** The configuration files of one RocketMQ. */
export interface BrokerFiles {
  readonly nameServerConf: string;
  readonly brokerConf: string;
  readonly proxyJson: string;
}

/**
 * Writes the configuration of `docker/rocketmq` with the ports, directories and secrets of this instance appended. In a
 * properties file the last line with a name wins.
 */
export function writeBrokerFiles(
  sharedDir: string,
  dataDir: string,
  ports: RocketMqPorts,
  security?: RocketMqSecurity,
): BrokerFiles {
  const nameServerConf = join(dataDir, 'name-server.conf');
  const brokerConf = join(dataDir, 'broker.conf');
  const proxyJson = join(dataDir, 'rmq-proxy.json');
  const shared = (...path: string[]) => readFileSync(join(sharedDir, ...path), 'utf8');
  mkdirSync(dataDir, { recursive: true });
  writeFileSync(nameServerConf, `listenPort=${ports.nameServer}\n`);
  writeForOwner(
    brokerConf,
    [
      shared('broker.conf'),
      ...(security ? [shared('secured', 'broker-acl.conf'), ...secretLines(security)] : []),
      `namesrvAddr=127.0.0.1:${ports.nameServer}`,
      `listenPort=${ports.broker}`,
      `metricsPromExporterPort=${ports.metrics}`,
      `storePathRootDir=${join(dataDir, 'store')}`,
      `storePathCommitLog=${join(dataDir, 'store', 'commitlog')}`,
      '',
    ].join('\n'),
  );
  const proxy = {
    ...(JSON.parse(shared('rmq-proxy.json')) as object),
    ...(security && {
      ...(JSON.parse(shared('secured', 'rmq-proxy-acl.json')) as object),
      tlsCertPath: security.certFile,
      tlsKeyPath: security.keyFile,
      innerClientAuthenticationCredentials: innerCredentials(security),
    }),
    grpcServerPort: ports.grpc,
    remotingListenPort: ports.remoting,
  };
  writeForOwner(proxyJson, `${JSON.stringify(proxy, null, 2)}\n`);
  return { nameServerConf, brokerConf, proxyJson };
}

/** The first user, and the credentials with which the broker calls itself. */
function secretLines(security: RocketMqSecurity): string[] {
  const { accessKey: username, accessSecret: password } = security.admin;
  return [
    `initAuthenticationUser=${JSON.stringify({ username, password })}`,
    `innerClientAuthenticationCredentials=${innerCredentials(security)}`,
  ];
}

function innerCredentials({ admin }: RocketMqSecurity): string {
  return JSON.stringify({ accessKey: admin.accessKey, secretKey: admin.accessSecret });
}

/** For content that may have secrets. Removes the file first, because writing does not change the mode of a file. */
function writeForOwner(file: string, content: string): void {
  rmSync(file, { force: true });
  writeFileSync(file, content, { mode: 0o600 });
}
