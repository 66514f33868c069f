import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { repositoryRoot } from '@seckill/embedded';
import { runKills, type KillsResult } from './run-kills.js';

const help = `Usage: npm run kills -- [options]

Kills the stand-in for RocketMQ (SIGKILL) again and again under load, and judges that nothing that it confirmed is lost and
nothing that was acked comes again.

  --kills N   how often (200)
  --seed N    decides when each kill comes (1)
  --keep      write the result to tools/kills/RESULTS.md
  --help      show this

Exit code: 0 all holds; 1 otherwise; 2 bad usage.`;

function wholeNumber(name: string, text: string): number {
  const number = Number(text);
  if (/^\d{1,9}$/.test(text) && number > 0) return number;
  console.error(`--${name} takes a whole number from 1 on, not "${text}".`);
  process.exit(2);
}

function options() {
  try {
    return parseArgs({
      options: {
        kills: { type: 'string', default: '200' },
        seed: { type: 'string', default: '1' },
        keep: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    }).values;
  } catch (error) {
    console.error(`${(error as Error).message}\n--help shows what there is.`);
    process.exit(2);
  }
}

function words({ kills, seed, confirmed, attempted, violations, startMs }: KillsResult): string {
  const verdict =
    violations.length === 0 ? 'Nothing was lost, and nothing came back.' : violations.join('\n');
  return `${kills} kills, seed ${seed}: ${confirmed} messages confirmed, ${attempted - confirmed} sent without an answer.
Start after a kill: p50 ${startMs[startMs.length >> 1]!.toFixed(0)} ms, slowest ${startMs.at(-1)!.toFixed(0)} ms.
${verdict}`;
}

const git = (...args: string[]) =>
  execFileSync('git', args, { cwd: repositoryRoot(), encoding: 'utf8' }).trim();

const { kills, seed, keep, help: asked } = options();
if (asked) {
  console.log(help);
} else {
  const wanted = { kills: wholeNumber('kills', kills), seed: wholeNumber('seed', seed) };
  const result = await runKills({
    ...wanted,
    progress: (kill) => kill % 10 === 0 && console.error(`${kill} of ${wanted.kills} kills`),
  });
  console.log(words(result));
  if (keep) {
    const page = `# Kills of the stand-in

Written by \`npm run kills -- --kills ${kills} --seed ${seed} --keep\` on ${new Date().toISOString().slice(0, 10)}, commit ${git('rev-parse', '--short', 'HEAD')}.

${words(result)}
`;
    writeFileSync(join(repositoryRoot(), 'tools', 'kills', 'RESULTS.md'), page);
  }
  process.exitCode = result.violations.length === 0 ? 0 : 1;
}
