import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RocketMqPorts } from './rocketmq-ports.js';

/** The configuration files of one RocketMQ, written for its directories and ports. */
export interface BrokerFiles {
  readonly nameServerConf: string;
  readonly brokerConf: string;
  readonly proxyJson: string;
}

/**
 * Writes what `docker/rocketmq` says, and below it where this one listens and stores. In a properties file the last
 * line of a name counts.
 */
export function writeBrokerFiles(sharedDir: string, dataDir: string, ports: RocketMqPorts): BrokerFiles {
  const nameServerConf = join(dataDir, 'name-server.conf');
  const brokerConf = join(dataDir, 'broker.conf');
  const proxyJson = join(dataDir, 'rmq-proxy.json');
  mkdirSync(dataDir, { recursive: true });
  writeFileSync(nameServerConf, `listenPort=${ports.nameServer}\n`);
  writeFileSync(
    brokerConf,
    [
      readFileSync(join(sharedDir, 'broker.conf'), 'utf8'),
      `namesrvAddr=127.0.0.1:${ports.nameServer}`,
      `listenPort=${ports.broker}`,
      `metricsPromExporterPort=${ports.metrics}`,
      `storePathRootDir=${join(dataDir, 'store')}`,
      `storePathCommitLog=${join(dataDir, 'store', 'commitlog')}`,
      '',
    ].join('\n'),
  );
  const proxy = JSON.parse(readFileSync(join(sharedDir, 'rmq-proxy.json'), 'utf8')) as Record<
    string,
    unknown
  >;
  writeFileSync(
    proxyJson,
    `${JSON.stringify({ ...proxy, grpcServerPort: ports.grpc, remotingListenPort: ports.remoting }, null, 2)}\n`,
  );
  return { nameServerConf, brokerConf, proxyJson };
}
