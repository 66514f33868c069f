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
  for (const directory of [join(root, 'tools', 'scripts'), source, join(root, 'libs')])
    mkdirSync(directory, { recursive: true });
  for (const program of ['run.mjs', 'run-built.mjs', 'build.mjs'])
    copyFileSync(
      join(repositoryRoot(), 'tools', 'scripts', program),
      join(root, 'tools', 'scripts', program),
    );
  writeFileSync(join(root, 'package.json'), JSON.stringify({ type: 'module' }));
  const nest = join(root, 'node_modules', '@nestjs', 'cli', 'bin');
  mkdirSync(nest, { recursive: true });
  writeFileSync(
    join(nest, 'nest.js'),
    `const { appendFileSync, cpSync } = require('node:fs');
     setTimeout(() => {
       appendFileSync('builds', 'x');
       if (process.env.BROKEN) process.exit(2);
       cpSync('apps', 'dist/apps', { recursive: true });
     }, 300);`,
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
    build: () => run(process.execPath, [join(root, 'tools', 'scripts', 'build.mjs')]),
    run: (args: string[], env: NodeJS.ProcessEnv = {}) =>
      run(process.execPath, [join(root, 'tools', 'scripts', 'run.mjs'), ...args], {
        env: { ...process.env, ...env },
      }),
    root,
  };
}

describe('run.mjs', () => {
  afterAll(() => rmSync(scratch, { recursive: true, force: true }));

  it('builds first, then runs the program with its arguments', async () => {
    const repository = newRepository();
    const { stdout, stderr } = await repository.run(['apps/hello/src/main.js', '--to', 'you']);
    expect(stdout).toBe('hello --to you\n');
    expect(stderr).toContain('building…');
  }, 30_000);

  it('builds again only after a source has changed', async () => {
    const repository = newRepository();
    await repository.run(['apps/hello/src/main.js']);
    expect((await repository.run(['apps/hello/src/main.js'])).stderr).not.toContain('building');
    expect(repository.builds()).toBe(1);
    appendFileSync(repository.main, `console.log('again');`);
    expect((await repository.run(['apps/hello/src/main.js'])).stdout).toBe('hello\nagain\n');
    expect(repository.builds()).toBe(2);
  }, 30_000);

  it('does not build again what was built by hand, which builds always', async () => {
    const repository = newRepository();
    await repository.build();
    expect((await repository.run(['apps/hello/src/main.js'])).stderr).toBe('');
    await repository.build();
    expect(repository.builds()).toBe(2);
  }, 30_000);

  it('says in one line that nothing is installed', async () => {
    const repository = newRepository();
    rmSync(join(repository.root, 'node_modules'), { recursive: true });
    await expect(repository.run(['apps/hello/src/main.js'])).rejects.toMatchObject({
      code: 1,
      stderr: 'Nothing is installed yet: run `npm ci`.\n',
    });
  }, 30_000);

  it('says before anything else which Node it needs', async () => {
    const repository = newRepository();
    const old = join(repository.root, 'old.mjs');
    writeFileSync(old, "Object.defineProperty(process, 'versions', { value: { node: '14.21.3' } });");
    const { stderr } = await run(process.execPath, [
      '--import',
      old,
      join(repository.root, 'tools', 'scripts', 'run.mjs'),
    ]).catch((failed: { stderr: string }) => failed);
    expect(stderr).toBe('Node 20.19 or newer is needed; this is 14.21.3.\n');
  }, 30_000);

  it('builds once when two are started at the same time', async () => {
    const repository = newRepository();
    const both = await Promise.all([
      repository.run(['apps/hello/src/main.js', '1']),
      repository.run(['apps/hello/src/main.js', '2']),
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
    expect((await repository.run(['apps/hello/src/main.js'])).stdout).toBe('hello\n');
  }, 30_000);

  it('runs nothing when the build fails, and tries again the next time', async () => {
    const repository = newRepository();
    await expect(repository.run(['apps/hello/src/main.js'], { BROKEN: 'yes' })).rejects.toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringContaining('The build failed; nothing was started.'),
    });
    expect((await repository.run(['apps/hello/src/main.js'])).stdout).toBe('hello\n');
  }, 30_000);

  it('says in one line which program there is not', async () => {
    const repository = newRepository();
    await repository.run(['apps/hello/src/main.js']);
    await expect(repository.run(['apps/goodbye/src/main.js'])).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringMatching(
        /^There is no apps\/goodbye\/src\/main\.js among the built programs\.\n$/,
      ),
    });
  }, 30_000);
});
