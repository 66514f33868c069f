import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryRoot } from '@seckill/embedded';
import {
  describeOptions,
  flag,
  option,
  parseCommandLine,
  runCommand,
  wholeNumber,
} from '@tools/command-line';
import { runKills, type KillsResult } from './run-kills.js';

const options = {
  kills: option('N', 'how often', wholeNumber(1, 100_000), '200'),
  seed: option('N', 'decides when each kill comes', wholeNumber(0, 2 ** 31 - 1), '1'),
  keep: flag('write the result to tools/kills/RESULTS.md'),
};

const help = `Usage: npm run kills -- [options]

Kills the stand-in for RocketMQ (SIGKILL) again and again under load, and judges that nothing that it confirmed is lost and
nothing that was acked comes again.

${describeOptions(options)}

Exit code: 0 all holds; 1 otherwise; 2 wrong usage.`;

function words({ kills, seed, confirmed, attempted, violations, startMs }: KillsResult): string {
  const verdict =
    violations.length === 0 ? 'Nothing was lost, and nothing came back.' : violations.join('\n');
  return `${kills} kills, seed ${seed}: ${confirmed} messages confirmed, ${attempted - confirmed} sent without an answer.
Start after a kill: p50 ${startMs[startMs.length >> 1]!.toFixed(0)} ms, slowest ${startMs.at(-1)!.toFixed(0)} ms.
${verdict}`;
}

const git = (...args: string[]) =>
  execFileSync('git', args, { cwd: repositoryRoot(), encoding: 'utf8' }).trim();

await runCommand(
  (args) => parseCommandLine(args, { help, options }).values,
  async ({ kills, seed, keep }) => {
    const progress = (kill: number) => kill % 10 === 0 && console.error(`${kill} of ${kills} kills`);
    const result = await runKills({ kills, seed, progress });
    console.log(words(result));
    if (keep) {
      const page = `# Kills of the stand-in

Written by \`npm run kills -- --kills ${kills} --seed ${seed} --keep\` on ${new Date().toISOString().slice(0, 10)}, commit ${git('rev-parse', '--short', 'HEAD')}.

${words(result)}
`;
      writeFileSync(join(repositoryRoot(), 'tools', 'kills', 'RESULTS.md'), page);
    }
    process.exitCode = result.violations.length === 0 ? 0 : 1;
  },
);
