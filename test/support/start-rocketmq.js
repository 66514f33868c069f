import { join } from 'node:path';
import { projectTopology, LocalRocketMq, repositoryRoot } from '../../dist/libs/embedded/src/index.js';

/**
 * One real RocketMQ for all system tests: the one that ROCKETMQ_ENDPOINTS names, or one that is started here. Tests use
 * sales of their own. REAL_ROCKETMQ_ENDPOINTS tells them where it is; without it (TEST_ROCKETMQ=stand-in) each system
 * starts a stand-in.
 */
export default async function startRocketMq() {
  const { ROCKETMQ_ENDPOINTS: given, TEST_ROCKETMQ: wanted } = process.env;
  if (given) process.env.REAL_ROCKETMQ_ENDPOINTS = given;
  if (given || wanted === 'stand-in') return;
  const dataDir = join(repositoryRoot(), '.data', 'test', 'rocketmq');
  const rocketmq = new LocalRocketMq({ dataDir, ports: 0, heap: '768m', say: console.log });
  await rocketmq.start();
  await rocketmq.createTopology(projectTopology());
  globalThis.endRocketMqOfTests = () => rocketmq.stop();
  process.env.REAL_ROCKETMQ_ENDPOINTS = rocketmq.endpoints;
}
