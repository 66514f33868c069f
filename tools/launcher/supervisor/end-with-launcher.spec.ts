import { type ChildProcess, spawn } from 'node:child_process';
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from '@jest/globals';
import { until } from '@seckill/clock';
import { identify, waitForExit } from '@seckill/embedded';

const scratch = mkdtempSync(join(tmpdir(), 'end-with-launcher-'));
const preload = join(scratch, 'end-with-launcher.mjs');
// It is written so that it is JavaScript as well.
copyFileSync(fileURLToPath(new URL('./end-with-launcher.ts', import.meta.url)), preload);

/** Ends in order on SIGTERM, although its output is not read. */
const app = join(scratch, 'app.mjs');
writeFileSync(
  app,
  `import { writeFileSync } from 'node:fs';
   setInterval(() => console.log('still here'), 10);
   process.on('SIGTERM', () => {
     writeFileSync(process.argv[2] + '.ended', 'in order');
     setTimeout(() => process.exit(0), 100);
   });
   writeFileSync(process.argv[2], String(process.pid));`,
);

const launcher = join(scratch, 'launcher.mjs');
writeFileSync(
  launcher,
  `import { spawn } from 'node:child_process';
   const args = ['--import', '${preload}', '${app}', process.argv[2]];
   spawn(process.execPath, args, { detached: true, stdio: ['pipe', 'pipe', 'pipe'] }).stdout.resume();
   setInterval(() => undefined, 1_000);`,
);

async function launch(name: string): Promise<{ parent: ChildProcess; pid: number; file: string }> {
  const file = join(scratch, name);
  const parent = spawn(process.execPath, [launcher, file]);
  await until(() => existsSync(file) && readFileSync(file, 'utf8') !== '');
  return { parent, pid: Number(readFileSync(file, 'utf8')), file };
}

describe('end-with-launcher', () => {
  afterAll(() => rmSync(scratch, { recursive: true, force: true }));

  it('ends a process in order when the launcher is killed', async () => {
    const { parent, pid, file } = await launch('killed');
    const identity = identify(pid)!;
    parent.kill('SIGKILL');
    expect(await waitForExit(identity, 10_000)).toBe(true);
    expect(readFileSync(`${file}.ended`, 'utf8')).toBe('in order');
  }, 30_000);

  it('leaves a process alone while the launcher lives, and lets it end by itself', async () => {
    const { parent, pid, file } = await launch('alive');
    const identity = identify(pid)!;
    expect(existsSync(`${file}.ended`)).toBe(false);
    process.kill(pid, 'SIGTERM');
    expect(await waitForExit(identity, 10_000)).toBe(true);
    parent.kill('SIGKILL');
  }, 30_000);
});
