import { spawn, spawnSync } from 'node:child_process';

// node tools/scripts/test.mjs [options of Jest]   runs all tests, on a real RocketMQ where one can be had.
//
// One real RocketMQ serves all system tests, one after the other: they are in the same consumer group. With the
// stand-in each system has one of its own, so test files run side by side.

const runs = (program, ...args) => spawnSync(program, args, { stdio: 'ignore' }).status === 0;
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
const how = isReal ? ['--runInBand'] : ['--maxWorkers=2'];
const tests = spawn(process.execPath, [...jest, ...how, ...process.argv.slice(2)], { env, stdio: 'inherit' });
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => tests.kill(signal));
tests.on('exit', (code, signal) => {
  process.exitCode = signal ? 1 : (code ?? 1);
});
