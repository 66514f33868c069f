import { runCommand } from '@tools/command-line';
import { parseStartOptions } from './options/start-options.js';
import { Printer } from './supervisor/printer.js';
import { FlashSale } from './system/flash-sale.js';
import { planPorts } from './system/plan.js';
import { summary } from './system/summary.js';
import { untilStopped } from './until-stopped.js';

await runCommand(parseStartOptions, async (options) => {
  const names = ['launcher', 'postgres', 'rocketmq', ...planPorts(options).map(({ name }) => name)];
  const coloured = process.stdout.isTTY && !process.env['NO_COLOR'];
  const { print } = new Printer(names, coloured, (line) => console.log(line));
  const flashSale = new FlashSale(options, process.env, print);
  await untilStopped(flashSale, (running) => console.log(summary(running, options)));
});
