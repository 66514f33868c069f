import { CannotStartError, readLockHolder } from '@seckill/embedded';
import {
  DeadLetters,
  rocketMqAccessOf,
  rocketMqConnection,
  rocketMqVariables,
  type DeadLetterAction,
} from '@seckill/messaging';
import { readSettings } from '@seckill/runtime';
import { namesIn, topologyVariables } from '@seckill/topology';
import { runCommand } from '@tools/command-line';
import { z } from 'zod';
import { isMeant, letterDetails, letterLine } from './dead-letters/lines.js';
import { parseDeadLettersOptions } from './options/dead-letters-options.js';

await runCommand(parseDeadLettersOptions, async ({ command, ids, all, limit, endpoints, dataDir }) => {
  const schema = z.object({ ...rocketMqVariables, ...topologyVariables }).transform((env, context) => ({
    access: rocketMqAccessOf(env, context),
    namespace: env.ROCKETMQ_NAMESPACE,
  }));
  const { access, namespace } = readSettings(schema, {
    ...process.env,
    ROCKETMQ_ENDPOINTS: endpoints ?? findRocketMq(dataDir, process.env),
  });
  const { topics, groups } = namesIn(namespace);
  const letters = new DeadLetters({
    connection: rocketMqConnection(access, { log() {}, warn() {}, error() {} }),
    group: groups.deadLetters,
    deadLetterTopic: topics.purchaseDead,
    topic: topics.purchase,
  });
  try {
    await letters.connect();
    const action: DeadLetterAction = command === 'replay' || command === 'drop' ? command : 'keep';
    const looked = await letters.review(
      (letter) => (all || isMeant(letter, ids) ? action : 'keep'),
      command === 'list' ? limit : undefined,
    );
    const meant = looked.filter(({ letter }) => command === 'list' || all || isMeant(letter, ids));
    const show = command === 'show' ? letterDetails : letterLine;
    for (const { letter } of meant) console.log(show(letter));
    const done = { list: 'found', show: 'shown', replay: 'replayed', drop: 'dropped' }[command];
    console.log(`${meant.length} ${meant.length === 1 ? 'dead letter' : 'dead letters'} ${done}.`);
    const missing = ids.filter((id) => !meant.some(({ letter }) => isMeant(letter, [id])));
    if (missing.length > 0) {
      console.error(`Not found, or being read by another command right now: ${missing.join(', ')}`);
      process.exitCode = 1;
    }
  } catch (error) {
    throw new CannotStartError(
      (error as Error).message,
      'Check that RocketMQ runs, or name another with --endpoints.',
      {
        cause: error,
      },
    );
  } finally {
    await letters.close();
  }
});

function findRocketMq(dataDir: string, env: NodeJS.ProcessEnv): string {
  const given = env['ROCKETMQ_ENDPOINTS'];
  if (given) return given;
  const holder = readLockHolder(dataDir);
  if (!holder)
    throw new CannotStartError(
      `No RocketMQ stand-in runs over ${dataDir}.`,
      'Start it (npm start), or name a RocketMQ with --endpoints or ROCKETMQ_ENDPOINTS.',
    );
  return `127.0.0.1:${holder.port}`;
}
