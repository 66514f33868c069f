import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CannotStartError,
  loadTopology,
  LocalRocketMq,
  repositoryRoot,
  StandInProcess,
} from '../../dist/libs/embedded/src/index.js';

/**
 * One RocketMQ for all system tests: the one that ROCKETMQ_ENDPOINTS names, or a real one started here, or the
 * stand-in where Java or Maven is missing, or when TEST_ROCKETMQ=stand-in asks for it. Tests use sales of their own.
 * REAL_ROCKETMQ_ENDPOINTS tells them whether it is a real one; FULL_TESTS=1 makes its absence an error.
 */
export default async function startRocketMq() {
  const { ROCKETMQ_ENDPOINTS: given } = process.env;
  const real = process.env.TEST_ROCKETMQ !== 'stand-in';
  const endpoints = given || (real && (await startReal())) || undefined;
  if (endpoints) process.env.REAL_ROCKETMQ_ENDPOINTS = endpoints;
  process.env.ROCKETMQ_ENDPOINTS = endpoints ?? (await startStandIn());
}

async function startReal() {
  const dataDir = join(repositoryRoot(), '.data', 'test', 'rocketmq');
  const rocketmq = new LocalRocketMq({ dataDir, ports: 0, heap: '768m', say: console.log });
  try {
    await rocketmq.start();
  } catch (error) {
    if (!(error instanceof CannotStartError) || process.env.FULL_TESTS) throw error;
    const [why] = error.message.split('\n');
    console.log(`\nLeft out: what only the real RocketMQ can show; the stand-in serves the rest. ${why}`);
    return undefined;
  }
  await rocketmq.createTopology(loadTopology());
  globalThis.endRocketMqOfTests = () => rocketmq.stop();
  return rocketmq.endpoints;
}

async function startStandIn() {
  const dataDir = mkdtempSync(join(tmpdir(), 'stand-in-'));
  const standIn = await StandInProcess.start({ dataDir });
  globalThis.endRocketMqOfTests = async () => {
    await standIn.stop();
    rmSync(dataDir, { recursive: true, force: true });
  };
  return standIn.endpoints;
}
