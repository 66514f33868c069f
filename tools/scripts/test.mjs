import { spawn, spawnSync } from 'node:child_process';
import { buildIfStale } from './build.mjs';

// node tools/scripts/test.mjs [options of Jest]   runs all tests, on a real RocketMQ where one can be had.
// --selectProjects unit   only those beside the sources: they need nothing but Node.
//
// Files run side by side: each system of a test has ports, databases and a namespace on RocketMQ of its own. Most system
// tests wait as much as they work, but a storm needs the machine: one worker per core is as many as it bears.

const WORKERS = 2;

const args = process.argv.slice(2);
const says = (option) => args.some((arg) => arg === option || arg.startsWith(`${option}=`));
const runs = (program, ...words) => spawnSync(program, words, { stdio: 'ignore' }).status === 0;

const env = { ...process.env };
const onlyUnit = args.some((arg, i) => arg === 'unit' && args[i - 1] === '--selectProjects');
if (!onlyUnit) {
  const mayBeReal = env.TEST_ROCKETMQ !== 'stand-in';
  const isReal =
    Boolean(env.ROCKETMQ_ENDPOINTS) ||
    (mayBeReal && ((runs('java', '-version') && runs('mvn', '-v')) || env.FULL_TESTS));
  if (!isReal) {
    env.TEST_ROCKETMQ = 'stand-in';
    console.log(
      'Left out: what only the real RocketMQ can show. It needs Java 11 or newer and Maven, or ROCKETMQ_ENDPOINTS.',
    );
  }
  await buildIfStale();
}

const jest = ['--experimental-vm-modules', '--no-warnings', 'node_modules/jest/bin/jest.js'];
const workers = ['--runInBand', '-i', '--maxWorkers', '-w'].some(says) ? [] : [`--maxWorkers=${WORKERS}`];
const tests = spawn(process.execPath, [...jest, ...workers, ...args], { env, stdio: 'inherit' });
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => tests.kill(signal));
tests.on('exit', (code, signal) => {
  process.exitCode = signal ? 1 : (code ?? 1);
});
