import { spawnSync } from 'node:child_process';
import { cpSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { freePorts, repositoryRoot, scratchDirectory } from '@seckill/embedded';
import { HttpClient } from '@tools/load';
import { AppProcess } from '@tools/testbed';

const leftBehind = new Set(['node_modules', '.data', '.git', 'dist', 'coverage']);

const shelf = `import { Controller, Get } from '@nestjs/common';
import { ProbeNotesService } from '@seckill/probe-notes';

@Controller('shelf')
export class ShelfController {
  private readonly notes = new ProbeNotesService();

  @Get()
  read(): { note: string } {
    return { note: this.notes.hello() };
  }
}
`;

describe('a copy of the repository that nest generate has extended', () => {
  const scratch = scratchDirectory('scaffolding');
  const copy = join(scratch, 'seckill');
  const elements = 'controller service module guard filter pipe interceptor middleware class provider'.split(
    ' ',
  );

  /** Without FULL_TESTS: what is unpacked into `.data` is not in the copy. */
  const { FULL_TESTS: _, ...env } = process.env;
  const run = (program: string, ...args: string[]) => {
    const { status, stdout, stderr } = spawnSync(program, args, { cwd: copy, env, encoding: 'utf8' });
    return { status, output: `${stdout}${stderr}` };
  };
  const npm = (script: string, ...args: string[]) => run('npm', 'run', '--silent', script, '--', ...args);
  const generate = (...args: string[]) => {
    const nest = join('node_modules', '@nestjs', 'cli', 'bin', 'nest.js');
    const { status, output } = run(process.execPath, nest, 'generate', ...args);
    // The CLI tells of failures in words alone.
    expect([status, output]).toEqual([0, expect.stringContaining('CREATE')]);
  };

  beforeAll(() => {
    const root = repositoryRoot();
    cpSync(root, copy, { recursive: true, filter: (path) => !leftBehind.has(basename(path)) });
    symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
    generate('library', 'probe-notes');
    generate('app', 'probe-app');
    generate('controller', 'shelf', '--project', 'probe-app');
    for (const element of elements) generate(element, `things/${element}-thing`, '--project', 'probe-app');
    generate('resource', 'books', '--project', 'probe-app', '--type', 'rest', '--crud', 'true');
    writeFileSync(join(copy, 'apps/probe-app/src/shelf/shelf.controller.ts'), shelf);
  }, 600_000);
  afterAll(() => rmSync(scratch, { recursive: true, force: true }));

  it('passes the static part of the check as it is', () => {
    expect(npm('check:static')).toMatchObject({ status: 0 });
  }, 600_000);

  it('has unit tests that run, and those that look at the whole repository still pass', () => {
    const { status, output } = npm('test:unit', '--testPathPatterns', 'probe-(app|notes)|docker/');
    if (status !== 0) throw new Error(output);
    expect(output).toMatch(/PASS unit apps\/probe-app.*spec\.ts/);
    expect(output).toMatch(/PASS unit docker\/dockerfile/);
  }, 300_000);

  it('has an app that answers, with the library in it', async () => {
    const HTTP_PORT = String(await freePorts());
    const main = join(copy, 'dist/apps/probe-app/src/main.js');
    const app = new AppProcess({ main, name: 'probe-app', env: { HTTP_PORT } });
    const client = new HttpClient(1);
    const get = async (path: string) =>
      (await client.send({ method: 'GET', url: app.url + path, timeoutMs: 60_000 })).body;
    try {
      await app.start();
      expect(await get('/')).toEqual({ message: 'Hello from probe-app' });
      expect(await get('/shelf')).toEqual({ note: 'Hello from probe-notes' });
      expect(await get('/books/7')).toBeUndefined();
      expect(await get('/health/ready')).toEqual({ status: 'ready', dependencies: {} });
    } finally {
      client.close();
      await app.stop();
    }
  }, 120_000);

  it('keeps a new library to itself until its room is opened', () => {
    const file = 'libs/probe-notes/src/curious.ts';
    writeFileSync(join(copy, file), `export { systemClock } from '@seckill/clock';\n`);
    const { status, output } = run('npx', 'oxlint', file);
    expect([status, output]).toEqual([1, expect.stringContaining('This library depends on no other.')]);
  }, 60_000);

  it.each(['probe-notes', 'clock', '9probe', '../probe'])(
    'refuses a second or wrong name: %s',
    (name) => {
      const before = readFileSync(join(copy, 'nest-cli.json'), 'utf8');
      expect(() => generate('library', name)).toThrow(/already|no kebab-case name/);
      expect(readFileSync(join(copy, 'nest-cli.json'), 'utf8')).toBe(before);
    },
    60_000,
  );
});
