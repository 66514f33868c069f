import { runCommand } from '@tools/command-line';
import { parseRocketMqOptions } from './options/rocketmq-options.js';
import { chooseRocketMq, remoteRocketMq } from './rocketmq/choose-rocketmq.js';
import { createTopics, showStatus, startRocketMq, stopRocketMq } from './rocketmq/commands.js';

await runCommand(parseRocketMqOptions, async (options) => {
  if (options.broker) return createTopics(remoteRocketMq(options.broker, process.env), options);
  const rocketMq = await chooseRocketMq(options);
  switch (options.command) {
    case 'start':
      return startRocketMq(rocketMq, options);
    case 'stop':
      return stopRocketMq(rocketMq);
    case 'restart':
      await stopRocketMq(rocketMq);
      return startRocketMq(rocketMq, options);
    case 'status':
      return showStatus(rocketMq);
    case 'create-topics':
      return createTopics(rocketMq, options);
  }
});
