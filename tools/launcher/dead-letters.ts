import { CannotStartError, readTenant } from '@seckill/embedded';
import {
  DeadLetters,
  rocketMqAccessOf,
  rocketMqConnection,
  rocketMqVariables,
  type Sentence,
} from '@seckill/messaging';
import { readSettings } from '@seckill/runtime';
import { namesIn, topologyVariables } from '@seckill/topology';
import { z } from 'zod';
import { isMeant, letterDetails, letterLine } from './dead-letters/lines.js';
import { deadLettersHelp, parseDeadLettersOptions } from './options/dead-letters-options.js';
import { runCommand } from './run-command.js';

await runCommand(async (args) => {
  const { command, ids, all, limit, endpoints, dataDir } = parseDeadLettersOptions(args);
  if (command === 'help') return console.log(deadLettersHelp);
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
    const sentence: Sentence = command === 'replay' || command === 'drop' ? command : 'keep';
    const looked = await letters.goThrough(
      (letter) => (all || isMeant(letter, ids) ? sentence : 'keep'),
      command === 'list' ? limit : undefined,
    );
    const meant = looked.filter(({ letter }) => command === 'list' || all || isMeant(letter, ids));
    const show = command === 'show' ? letterDetails : letterLine;
    for (const { letter } of meant) console.log(show(letter));
    const done = { list: 'dead', show: 'shown', replay: 'replayed', drop: 'dropped' }[command];
    console.log(`${meant.length} ${meant.length === 1 ? 'letter' : 'letters'} ${done}.`);
    const missing = ids.filter((id) => !meant.some(({ letter }) => isMeant(letter, [id])));
    if (missing.length > 0) {
      console.error(`Not there, or looked at by somebody else right now: ${missing.join(', ')}`);
      process.exitCode = 1;
    }
  } catch (error) {
    throw new CannotStartError((error as Error).message, 'Does it run? Name another with --endpoints.', {
      cause: error,
    });
  } finally {
    await letters.close();
  }
});

function findRocketMq(dataDir: string, env: NodeJS.ProcessEnv): string {
  const given = env['ROCKETMQ_ENDPOINTS'];
  if (given) return given;
  const tenant = readTenant(dataDir);
  if (!tenant)
    throw new CannotStartError(
      `No RocketMQ stand-in runs over ${dataDir}.`,
      'Start it (npm start), or name a RocketMQ with --endpoints or ROCKETMQ_ENDPOINTS.',
    );
  return `127.0.0.1:${tenant.port}`;
}
