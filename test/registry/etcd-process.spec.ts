import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, it } from '@jest/globals';
import { accepts, repositoryRoot, scratchDirectory } from '@seckill/embedded';
import { describeWithEtcd } from '../support/with-etcd.js';
import { waitFor } from '@tools/testbed';

describeWithEtcd('an etcd of a test', () => {
  it('ends with the test run, even when that is killed', async () => {
    const directory = scratchDirectory('etcd-guard');
    const library = join(repositoryRoot(), 'dist', 'libs', 'embedded', 'src', 'index.js');
    const program = `
      const { EtcdProcess } = await import(${JSON.stringify(library)});
      const etcd = await EtcdProcess.start({ dataDir: ${JSON.stringify(join(directory, 'data'))} });
      console.log(etcd.port);
      setInterval(() => {}, 1_000);`;
    const run = spawn(process.execPath, ['--input-type=module', '--eval', program], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    try {
      const [port] = (await once(createInterface(run.stdout), 'line')) as [string];
      expect(await accepts(Number(port))).toBe(true);
      run.kill('SIGKILL');
      await waitFor('its end', async () => !(await accepts(Number(port))));
    } finally {
      run.kill('SIGKILL');
      await rm(directory, { recursive: true, force: true });
    }
  }, 60_000);
});
