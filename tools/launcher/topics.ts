import { CannotStartError, readLockHolder, StandInAdmin } from '@seckill/embedded';
import { runCommand } from '@tools/command-line';
import { parseTopicsOptions } from './options/topics-options.js';
import { topicsTable } from './topics/topics-table.js';

await runCommand(parseTopicsOptions, async ({ dataDir, all }) => {
  const holder = readLockHolder(dataDir);
  if (!holder || holder.adminPort === 0)
    throw new CannotStartError(
      `No RocketMQ stand-in runs over ${dataDir}.`,
      'Start it (npm start), or name its directory with --data.',
    );
  console.log(topicsTable(await new StandInAdmin(holder.adminPort).overview(), all));
});
