import { CannotStartError, readLockHolder, StandInAdmin } from '@seckill/embedded';
import { parseTopicsOptions, topicsHelp } from './options/topics-options.js';
import { runCommand } from './run-command.js';
import { topicsTable } from './topics/topics-table.js';

await runCommand(async (args) => {
  const { help, dataDir, all } = parseTopicsOptions(args);
  if (help) return console.log(topicsHelp);
  const holder = readLockHolder(dataDir);
  if (!holder || holder.adminPort === 0)
    throw new CannotStartError(
      `No RocketMQ stand-in runs over ${dataDir}.`,
      'Start it (npm start), or name its directory with --data.',
    );
  console.log(topicsTable(await new StandInAdmin(holder.adminPort).overview(), all));
});
