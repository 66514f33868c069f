import { join } from 'node:path';
import type { BackgroundCommand } from '../processes/background-process.js';
import type { BrokerFiles } from './broker-files.js';
import type { RocketMqPorts } from './rocketmq-ports.js';
import type { RocketMqSecurity } from './security.js';

/** Directories and options of the Java processes. */
export interface JavaPlaces {
  readonly dataDir: string;
  readonly libDir: string;
  readonly logs: string;
  /** Largest heap of the broker, as Java takes it. */
  readonly heap: string;
  readonly security: RocketMqSecurity | undefined;
}

/** The name server, from which proxies learn which broker has a topic. */
export function nameServerCommand(places: JavaPlaces, files: BrokerFiles): BackgroundCommand {
  return java(places, 'name-server', [
    '-Xms64m',
    '-Xmx256m',
    ...common(places),
    'org.apache.rocketmq.namesrv.NamesrvStartup',
    '-c',
    files.nameServerConf,
  ]);
}

/** Broker and proxy in one process ("local" mode). */
export function brokerCommand(
  places: JavaPlaces,
  ports: RocketMqPorts,
  files: BrokerFiles,
): BackgroundCommand {
  return java(places, 'broker', [
    '-Xms256m',
    `-Xmx${places.heap}`,
    // The store unmaps files through JDK internals.
    '--add-exports=java.base/jdk.internal.ref=ALL-UNNAMED',
    '--add-opens=java.base/java.nio=ALL-UNNAMED',
    '--add-opens=java.base/sun.nio.ch=ALL-UNNAMED',
    ...tls(places.security),
    ...common(places),
    'org.apache.rocketmq.proxy.ProxyStartup',
    '-pm',
    'local',
    '-n',
    `127.0.0.1:${ports.nameServer}`,
    '-bc',
    files.brokerConf,
    '-pc',
    files.proxyJson,
  ]);
}

/** Refuses plain text on all ports of broker and proxy, also for administrators. */
function tls(security: RocketMqSecurity | undefined): string[] {
  if (!security) return [];
  return [
    '-Dtls.server.mode=enforcing',
    '-Dtls.test.mode.enable=false',
    `-Dtls.server.certPath=${security.certFile}`,
    `-Dtls.server.keyPath=${security.keyFile}`,
  ];
}

function common({ dataDir, libDir }: JavaPlaces): string[] {
  // RocketMQ writes its logs to the home directory and has no other setting for that.
  return [`-Duser.home=${dataDir}`, '-cp', join(libDir, '*')];
}

function java(places: JavaPlaces, name: string, args: string[]): BackgroundCommand {
  return {
    program: 'java',
    args,
    env: { ...process.env, ROCKETMQ_HOME: places.dataDir },
    cwd: places.dataDir,
    logFile: join(places.logs, `${name}.out`),
  };
}
