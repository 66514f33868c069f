import { loadTopology, projectTopology, type Missing } from '@seckill/embedded';
import { namespaceOf } from '@seckill/topology';
import type { RocketMqOptions } from '../options/rocketmq-options.js';
import type { AnyRocketMq } from './choose-rocketmq.js';

/** Brings RocketMQ up with the topics of the project, and says how to use and to stop it. */
export async function startRocketMq(rocketMq: AnyRocketMq, options: RocketMqOptions): Promise<void> {
  const began = performance.now();
  const started = await rocketMq.start();
  const topology = projectTopology(namespaceOf(process.env));
  await rocketMq.createTopology(topology, progress());
  const seconds = ((performance.now() - began) / 1_000).toFixed(0);
  console.log(started ? `RocketMQ is up (${seconds} s), with` : 'RocketMQ runs already, with');
  for (const { name, type, queues } of topology.topics)
    console.log(`  topic ${name} (${type}, ${queues} queues)`);
  for (const { name } of topology.groups) console.log(`  group ${name}`);
  console.log(`\nROCKETMQ_ENDPOINTS=${rocketMq.endpoints}`);
  const where = options.port === 8081 ? '' : ` --port ${options.port}`;
  const data = options.dataDir === '.data/rocketmq' ? '' : ` --data ${options.dataDir}`;
  console.log(`It runs in the background. To stop it: npm run rocketmq -- stop${where}${data}`);
}

/** Ends RocketMQ and waits until it is gone. */
export async function stopRocketMq(rocketMq: AnyRocketMq): Promise<void> {
  console.log(
    (await rocketMq.stop()) ? 'RocketMQ has stopped; its messages stay.' : 'RocketMQ does not run.',
  );
}

/** Says what runs; the exit code is 0 only when clients can connect. */
export async function showStatus(rocketMq: AnyRocketMq): Promise<void> {
  const state = await rocketMq.state();
  switch (state) {
    case 'running':
      console.log(`RocketMQ runs. ROCKETMQ_ENDPOINTS=${rocketMq.endpoints}`);
      return;
    case 'partly':
      console.log(
        'A part of RocketMQ runs, but clients cannot connect. `npm run rocketmq` brings up the rest.',
      );
      break;
    case 'stopped':
      console.log('RocketMQ does not run. `npm run rocketmq` starts it.');
      break;
  }
  process.exitCode = 3;
}

/** Creates topics and groups from the command line or a file. */
export async function createTopics(
  rocketMq: Pick<AnyRocketMq, 'createTopology'>,
  options: RocketMqOptions,
): Promise<void> {
  const { file, topics, groups } = options;
  const given = { topics: [...topics], groups: [...groups] };
  const ofProject = topics.length + groups.length === 0 ? projectTopology(namespaceOf(process.env)) : given;
  const read = file === undefined ? ofProject : loadTopology(file);
  const wanted =
    file === undefined ? read : { topics: [...read.topics, ...topics], groups: [...read.groups, ...groups] };
  await rocketMq.createTopology(wanted, progress());
  console.log(`${wanted.topics.length} topics and ${wanted.groups.length} groups can be used.`);
}

/** Says at most every five seconds what clients are waiting for. */
function progress(): (missing: Missing) => void {
  let said = performance.now();
  return ({ topics, groups }) => {
    if (performance.now() - said < 5_000) return;
    said = performance.now();
    console.log(`waiting until clients see ${[...topics, ...groups].join(', ')}…`);
  };
}
