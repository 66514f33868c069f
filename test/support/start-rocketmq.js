import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { LocalRocketMq, projectTopology, repositoryRoot } from '../../dist/libs/embedded/src/index.js';

const home = join(repositoryRoot(), '.data', 'test');
const prefix = 'rocketmq-of-';

/**
 * One real RocketMQ for all system tests of this run: the one that ROCKETMQ_ENDPOINTS names, or one that is started here.
 * Each system of a test has a namespace of its own on it. REAL_ROCKETMQ_ENDPOINTS tells tests where it is; without it
 * (TEST_ROCKETMQ=stand-in) each system starts a stand-in.
 */
export default async function startRocketMq() {
  const { ROCKETMQ_ENDPOINTS: given, TEST_ROCKETMQ: wanted } = process.env;
  if (given) process.env.REAL_ROCKETMQ_ENDPOINTS = given;
  if (given || wanted === 'stand-in') return;
  await endThoseOfKilledRuns();
  const dataDir = join(home, `${prefix}${process.pid}`);
  const rocketmq = new LocalRocketMq({ dataDir, ports: 0, heap: '1g', say: console.log });
  globalThis.endRocketMqOfTests = async () => {
    await rocketmq.stop();
    rmSync(dataDir, { recursive: true, force: true });
  };
  await rocketmq.start();
  await rocketmq.createTopology(projectTopology());
  process.env.REAL_ROCKETMQ_ENDPOINTS = rocketmq.endpoints;
}

/** It runs in the background, so it outlives a run that was killed. */
async function endThoseOfKilledRuns() {
  mkdirSync(home, { recursive: true });
  for (const name of readdirSync(home)) {
    if (!name.startsWith(prefix) || isAlive(Number(name.slice(prefix.length)))) continue;
    const dataDir = join(home, name);
    await new LocalRocketMq({ dataDir, ports: 0 }).stop();
    rmSync(dataDir, { recursive: true, force: true });
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}
