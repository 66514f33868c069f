import { execFile, spawn } from 'node:child_process';
import {
  appendFileSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, describe, expect, it } from '@jest/globals';
import { repositoryRoot } from '@seckill/embedded';

const run = promisify(execFile);
const scratch = mkdtempSync(join(tmpdir(), 'run-'));
let repositories = 0;

/** A repository whose build copies one file and counts itself. */
function newRepository() {
  const root = join(scratch, `repository-${++repositories}`);
  const source = join(root, 'apps', 'hello', 'src');
  for (const directory of [join(root, 'bin'), source, join(root, 'libs')])
    mkdirSync(directory, { recursive: true });
  copyFileSync(join(repositoryRoot(), 'bin', 'run.mjs'), join(root, 'bin', 'run.mjs'));
  writeFileSync(
    join(root, 'package.json'),
    JSON.stringify({ type: 'module', scripts: { build: 'node build.js' } }),
  );
  writeFileSync(
    join(root, 'build.js'),
    `import { appendFileSync, cpSync } from 'node:fs';
     await new Promise((resolve) => setTimeout(resolve, 300));
     appendFileSync('builds', 'x');
     if (process.env.BROKEN) process.exit(2);
     cpSync('apps', 'dist/apps', { recursive: true });`,
  );
  const main = join(source, 'main.js');
  writeFileSync(main, `console.log('hello', ...process.argv.slice(2));`);
  writeFileSync(join(root, 'builds'), '');
  // Made some time ago: file systems stamp with different clocks and resolutions.
  const past = new Date(Date.now() - 60_000);
  for (const path of [main, source]) utimesSync(path, past, past);
  return {
    main,
    builds: () => readFileSync(join(root, 'builds'), 'utf8').length,
    run: (args: string[], env: NodeJS.ProcessEnv = {}) =>
      run(process.execPath, [join(root, 'bin', 'run.mjs'), ...args], { env: { ...process.env, ...env } }),
    root,
  };
}

describe('bin/run.mjs', () => {
  afterAll(() => rmSync(scratch, { recursive: true, force: true }));

  it('builds first, then runs the program with its arguments', async () => {
    const repository = newRepository();
    const { stdout, stderr } = await repository.run(['hello/src/main.js', '--to', 'you']);
    expect(stdout).toBe('hello --to you\n');
    expect(stderr).toContain('building…');
  }, 30_000);

  it('builds again only after a source has changed', async () => {
    const repository = newRepository();
    await repository.run(['hello/src/main.js']);
    expect((await repository.run(['hello/src/main.js'])).stderr).not.toContain('building');
    expect(repository.builds()).toBe(1);
    appendFileSync(repository.main, `console.log('again');`);
    expect((await repository.run(['hello/src/main.js'])).stdout).toBe('hello\nagain\n');
    expect(repository.builds()).toBe(2);
  }, 30_000);

  it('builds once when two are started at the same time', async () => {
    const repository = newRepository();
    const both = await Promise.all([
      repository.run(['hello/src/main.js', '1']),
      repository.run(['hello/src/main.js', '2']),
    ]);
    expect(both.map(({ stdout }) => stdout)).toEqual(['hello 1\n', 'hello 2\n']);
    expect(repository.builds()).toBe(1);
  }, 30_000);

  it('does not wait for a builder that is gone', async () => {
    const repository = newRepository();
    const gone = spawn(process.execPath, ['-e', '']);
    await new Promise((resolve) => gone.once('exit', resolve));
    mkdirSync(join(repository.root, 'dist', '.building'), { recursive: true });
    writeFileSync(join(repository.root, 'dist', '.building', 'pid'), String(gone.pid));
    expect((await repository.run(['hello/src/main.js'])).stdout).toBe('hello\n');
  }, 30_000);

  it('runs nothing when the build fails, and tries again the next time', async () => {
    const repository = newRepository();
    await expect(repository.run(['hello/src/main.js'], { BROKEN: 'yes' })).rejects.toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringContaining('The build failed; nothing was started.'),
    });
    expect((await repository.run(['hello/src/main.js'])).stdout).toBe('hello\n');
  }, 30_000);

  it('says in one line which program there is not', async () => {
    const repository = newRepository();
    await repository.run(['hello/src/main.js']);
    await expect(repository.run(['goodbye/src/main.js'])).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^There is no goodbye\/src\/main\.js among the built apps\.\n$/),
    });
  }, 30_000);
});
