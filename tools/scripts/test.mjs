import { spawn, spawnSync } from 'node:child_process';

// node tools/scripts/test.mjs [options of Jest]   runs all tests, on a real RocketMQ where one can be had.
//
// Files run side by side: each system of a test has ports, databases and a namespace on RocketMQ of its own. Most system
// tests wait more than they work, so there are more of them at once than cores.

const WORKERS = 4;

const runs = (program, ...args) => spawnSync(program, args, { stdio: 'ignore' }).status === 0;
const args = process.argv.slice(2);
const env = { ...process.env };
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
const jest = ['--experimental-vm-modules', '--no-warnings', 'node_modules/jest/bin/jest.js'];
const says = (option) => args.some((arg) => arg === option || arg.startsWith(`${option}=`));
const workers = ['--runInBand', '-i', '--maxWorkers', '-w'].some(says) ? [] : [`--maxWorkers=${WORKERS}`];
const tests = spawn(process.execPath, [...jest, ...workers, ...args], { env, stdio: 'inherit' });
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => tests.kill(signal));
tests.on('exit', (code, signal) => {
  process.exitCode = signal ? 1 : (code ?? 1);
});
