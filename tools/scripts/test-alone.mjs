// node tools/scripts/test-alone.mjs [part of a path]   runs each spec file alone, in a process of its own.
//
// In a fresh clone this shows that no file needs what another one has left behind. Two at a time; the output of what fails
// is printed.

import { spawn, spawnSync } from 'node:child_process';
import { buildIfStale } from './build.mjs';

const AT_ONCE = 2;
const [part = ''] = process.argv.slice(2);
const listed = spawnSync('git', ['ls-files', '*.spec.ts'], { encoding: 'utf8' }).stdout.trim().split('\n');
const files = listed.filter((file) => file.includes(part));
await buildIfStale();

/** @returns whether it passed */
function run(file) {
  const project = file.startsWith('test/') ? 'system' : 'unit';
  const args = [
    'tools/scripts/test.mjs',
    '--selectProjects',
    project,
    '--runInBand',
    '--runTestsByPath',
    file,
  ];
  return new Promise((resolve) => {
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text) => (output += text));
    child.once('close', (code) => {
      console.log(`${code === 0 ? 'passed' : 'FAILED'}  ${file}`);
      if (code !== 0) console.log(output);
      resolve(code === 0);
    });
  });
}

const waiting = [...files];
const failed = [];
const worker = async () => {
  for (let file = waiting.shift(); file !== undefined; file = waiting.shift())
    if (!(await run(file))) failed.push(file);
};
await Promise.all(Array.from({ length: AT_ONCE }, worker));
for (const file of failed) console.log(`FAILED alone: ${file}`);
console.log(`\n${files.length - failed.length} passed, ${failed.length} failed`);
process.exitCode = failed.length === 0 && files.length > 0 ? 0 : 1;
