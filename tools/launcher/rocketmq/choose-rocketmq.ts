import {
  type BrokerAddress,
  DockerRocketMq,
  hasDocker,
  LocalRocketMq,
  RemoteRocketMq,
} from '@seckill/embedded';
import type { RocketMqOptions } from '../options/rocketmq-options.js';

/** A RocketMQ of this machine, whatever it runs in. */
export type AnyRocketMq = LocalRocketMq | DockerRocketMq;

/** Docker where an engine answers, else Java; whatever runs already stays what it is. */
export async function chooseRocketMq({ port, dataDir, heap, engine }: RocketMqOptions): Promise<AnyRocketMq> {
  const say = (line: string) => console.log(line);
  const java = new LocalRocketMq({ dataDir, ports: port, heap, say });
  if (engine === 'java' || (engine === undefined && (await java.state()) !== 'stopped')) return java;
  return engine === 'docker' || (await hasDocker()) ? new DockerRocketMq(port, say) : java;
}

/** A RocketMQ that is run elsewhere; its proxy is where the apps look for it. */
export function remoteRocketMq(broker: BrokerAddress, env: NodeJS.ProcessEnv): RemoteRocketMq {
  return new RemoteRocketMq(broker, env['ROCKETMQ_ENDPOINTS'] || '127.0.0.1:8081');
}
