import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { repositoryRoot } from '@seckill/embedded';
import { runCommand } from '@tools/command-line';
import { parseBenchOptions, type PartName } from './command/options.js';
import { Generator } from './generator/generator.js';
import { describeMachine } from './measure/machine.js';
import { closedPart } from './parts/closed.js';
import { growthPart } from './parts/growth.js';
import { heldPart } from './parts/held.js';
import { inventoryPart } from './parts/inventory.js';
import { openPart } from './parts/open.js';
import { InterruptedError, type Part } from './parts/part.js';
import { rowsPart } from './parts/rows.js';
import { soakPart } from './parts/soak.js';
import { transportPart } from './parts/transport.js';
import { report } from './report/report.js';
import { Results } from './report/results.js';
import { summaryText } from './report/summary-text.js';

const parts: Readonly<Record<Exclude<PartName, 'report'>, Part>> = {
  closed: closedPart,
  open: openPart,
  transport: transportPart,
  inventory: inventoryPart,
  growth: growthPart,
  held: heldPart,
  rows: rowsPart,
  soak: soakPart,
};

await runCommand(parseBenchOptions, async (options) => {
  const folder = resolve(repositoryRoot(), options.out);
  mkdirSync(folder, { recursive: true });
  const results = new Results(folder);
  let interrupted = false;
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.on(signal, () => {
      if (interrupted) process.exit(130);
      interrupted = true;
      console.log('stopping after this round; Ctrl-C again exits at once');
    });
  const began = performance.now();
  const say = (line: string) => console.log(`${clock(performance.now() - began)}  ${line}`);
  const check = () => {
    if (interrupted) throw new InterruptedError();
  };
  for (const name of options.parts) {
    if (name === 'report') continue;
    const part = parts[name];
    if (options.resume && results.read(name)?.finished) {
      say(`${name}: already measured, skipped`);
      continue;
    }
    say(`=== ${name}`);
    const machine = describeMachine(options.rocketmq);
    const generator = new Generator();
    let saved: unknown;
    const save = (data: unknown) => {
      saved = data;
      results.write({ part: name, machine, finished: false, data });
    };
    try {
      await part({ options, generator, results, save, say, check });
      results.write({ part: name, machine, finished: true, data: saved });
    } catch (error) {
      if (error instanceof InterruptedError) break;
      // The next part may work all the same.
      console.error(`${name} failed:`, error);
      process.exitCode = 1;
    } finally {
      generator.close();
    }
  }
  const { text, summary, plots } = report(results);
  console.log(text);
  results.writeText('summary.json', summaryText(summary));
  const plotFolder = resolve(repositoryRoot(), options.plots);
  mkdirSync(plotFolder, { recursive: true });
  for (const [name, svg] of Object.entries(plots)) writeFileSync(join(plotFolder, name), svg);
  console.log(`\nResults are in ${folder}, plots in ${plotFolder}.`);
});

/** Minutes and seconds since the beginning. */
function clock(ms: number): string {
  const seconds = Math.floor(ms / 1_000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`.padStart(6);
}
