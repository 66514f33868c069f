import { join } from 'node:path';
import { loadTopology, LocalRocketMq, repositoryRoot } from '../../dist/libs/embedded/src/index.js';

/** One real RocketMQ for all system tests, unless ROCKETMQ_ENDPOINTS names one. Tests use sales of their own. */
export default async function startRocketMq() {
  if (process.env.ROCKETMQ_ENDPOINTS) return;
  const dataDir = join(repositoryRoot(), '.data', 'test', 'rocketmq');
  const rocketmq = new LocalRocketMq({ dataDir, ports: 0, heap: '768m', say: console.log });
  await rocketmq.start();
  await rocketmq.createTopology(loadTopology());
  process.env.ROCKETMQ_ENDPOINTS = rocketmq.endpoints;
  globalThis.rocketMqOfTests = rocketmq;
}
