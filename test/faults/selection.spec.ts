import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { Command } from '../support/npm-start.js';
import { describeOnRealRocketMq } from '../support/real-rocketmq.js';

const dataDir = mkdtempSync(join(tmpdir(), 'fault-selection-'));
afterAll(() => rmSync(dataDir, { recursive: true, force: true }));

/** Runs the driver as a developer would. Its exit code says what it found; bounds on time are only told. */
async function select(...more: string[]): Promise<void> {
  const faults = new Command('tools/faults/main.js', ['--selection', '--data', dataDir, ...more]);
  const how = await faults.ended();
  console.log(faults.output);
  if (how !== 'ended with code 0') throw new Error(`npm run faults ${how}\n${faults.output}`);
  if (process.env['FULL_TESTS']) expect(faults.output).not.toContain('Left out');
  expect(faults.output).toContain('no invariant broken, all settled, no help needed');
}

describe('a short selection of faults', () => {
  it('breaks no promise, settles, and needs nobody, on the stand-in', () => select(), 3_000_000);
});

if (process.env['FULL_TESTS'])
  describeOnRealRocketMq('a short selection of faults', () => {
    it(
      'breaks no promise, settles, and needs nobody, on the real RocketMQ',
      () => select('--real'),
      1_800_000,
    );
  });
