// node tools/scripts/ci.mjs   what CI runs after npm ci. Ends with one plain line: N passed, N failed.

import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const scratch = mkdtempSync(join(tmpdir(), 'ci-'));
const summary = join(scratch, 'tests.json');

/**
 * One after the other, each at most so many minutes: several times what it takes on two cores, so that only what hangs is
 * ended. With FULL_TESTS nothing is left out: what a test needs and cannot have makes it fail.
 */
const steps = [
  {
    name: 'tools that are no npm packages',
    minutes: 10,
    command: 'node tools/scripts/debian-tools.mjs etcd-server prometheus',
  },
  {
    name: 'format, lint, types, proto, dependencies, build, openapi',
    minutes: 15,
    command: 'npm run --silent check:static',
  },
  {
    name: 'all tests',
    minutes: 60,
    command: 'npm test --silent',
    env: { FULL_TESTS: '1', TEST_SUMMARY: summary },
  },
];

/** Runs a step to its end. @returns what is wrong with it, in words; undefined when nothing is */
function run({ command, minutes, env = {} }) {
  return new Promise((resolve) => {
    // A group of its own, so that all of it can be ended.
    const child = spawn(command, {
      shell: true,
      detached: true,
      stdio: ['ignore', 'inherit', 'inherit'],
      env: { ...process.env, ...env },
    });
    let late = false;
    const end = (signal) => {
      if (child.pid === undefined) return;
      try {
        process.kill(-child.pid, signal);
      } catch {
        // Gone already.
      }
    };
    const timer = setTimeout(() => {
      late = true;
      end('SIGTERM');
      setTimeout(() => end('SIGKILL'), 60_000).unref();
    }, minutes * 60_000);
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (code, signal) => {
      clearTimeout(timer);
      if (late)
        resolve(`took longer than ${minutes} minutes and was ended; what it printed last stands above`);
      else resolve(code === 0 ? undefined : `ended with ${signal ?? `code ${code}`}`);
    });
  });
}

const told = [];
let wrong = 0;
for (const step of steps) {
  console.log(`\n=== ${step.name}: ${step.command}`);
  const began = performance.now();
  const problem = await run(step);
  const took = `${((performance.now() - began) / 60_000).toFixed(1)} min`;
  told.push(
    `${problem === undefined ? 'passed' : 'FAILED'}  ${took.padStart(8)}  ${step.name}${problem === undefined ? '' : `: ${problem}`}`,
  );
  if (problem !== undefined) wrong++;
}

const { passed, failed } = existsSync(summary)
  ? JSON.parse(readFileSync(summary, 'utf8'))
  : { passed: 0, failed: 0 };
rmSync(scratch, { recursive: true });
console.log(`\n${told.join('\n')}`);
// A step that failed without a failed test, such as lint, must not pass for green.
const failures = failed > 0 ? failed : wrong;
console.log(`\n${passed} passed, ${failures} failed`);
process.exitCode = failures === 0 && passed > 0 ? 0 : 1;
