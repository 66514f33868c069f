import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { nodeFlags, repositoryRoot } from '@seckill/embedded';
import { environmentOf, readDockerfile } from './testing/dockerfile.js';
import { apps, read } from './testing/repository.js';

const stages = readDockerfile(read('docker/Dockerfile'));
const last = stages.at(-1)!;
const names = stages.map(({ name }) => name);

/** Sources of COPY that come from the repository. */
const sources = stages
  .flatMap(({ instructions }) => instructions)
  .filter(({ name, flags }) => name === 'COPY' && flags['from'] === undefined)
  .flatMap(({ words }) => words.split(/\s+/).slice(0, -1));

describe('the Dockerfile', () => {
  it('copies only what exists and is sent to the engine', () => {
    expect(sources.length).toBeGreaterThan(5);
    const sent = read('.dockerignore')
      .split('\n')
      .filter((line) => line.startsWith('!'))
      .map((line) => line.slice(1));
    for (const source of sources) {
      expect([source, existsSync(join(repositoryRoot(), source))]).toEqual([source, true]);
      expect(sent).toContain(source);
    }
    expect(sent.filter((path) => !sources.includes(path))).toEqual([]);
  });

  it('names its stages before it uses them, and pins what it begins from', () => {
    stages.forEach(({ from, instructions }, index) => {
      const earlier = names.slice(0, index);
      if (!earlier.includes(from)) expect(from).toMatch(/^[\w./-]+:\d[\w.-]*$/);
      for (const { flags } of instructions) if (flags['from']) expect(earlier).toContain(flags['from']);
    });
  });

  it('builds any app that was compiled, and says what is wrong with another name', () => {
    const check = last.instructions.find(({ name }) => name === 'RUN')!.words;
    const built = mkdtempSync(join(tmpdir(), 'dockerfile-'));
    try {
      for (const app of apps) {
        mkdirSync(join(built, 'dist', 'apps', app, 'src'), { recursive: true });
        writeFileSync(join(built, 'dist', 'apps', app, 'src', 'main.js'), '');
      }
      const run = (APP: string) =>
        spawnSync('sh', ['-c', check], { cwd: built, env: { PATH: process.env['PATH'], APP } });
      for (const app of apps) expect(run(app).status).toBe(0);
      for (const wrong of ['', 'launcher']) {
        expect(run(wrong).status).toBe(1);
        expect(run(wrong).stderr.toString()).toContain(`no app "${wrong}". Say which: --build-arg APP=`);
      }
    } finally {
      rmSync(built, { recursive: true });
    }
  });

  it('installs without install scripts, and nothing of development into the image', () => {
    const installs = stages.flatMap(({ name, instructions }) =>
      instructions.filter(({ words }) => words.includes('npm ci')).map(({ words }) => [name, words] as const),
    );
    expect(installs.map(([name]) => name)).toEqual(['build', 'dependencies']);
    for (const [, words] of installs) expect(words).toContain('--ignore-scripts');
    expect(installs[1]![1]).toContain('--omit=dev');
    const taken = last.instructions
      .filter(({ flags }) => flags['from'])
      .map(({ words, flags }) => [flags['from'], words]);
    expect(taken).toEqual([
      ['dependencies', '/app/node_modules node_modules'],
      ['build', '/app/dist dist'],
    ]);
  });

  it('runs as nobody in particular, from its last file on', () => {
    const order = last.instructions.map(({ name }) => name);
    expect(last.instructions.filter(({ name }) => name === 'USER').map(({ words }) => words)).toEqual([
      'node',
    ]);
    expect(order.indexOf('USER')).toBeGreaterThan(order.lastIndexOf('COPY'));
    expect(order.indexOf('USER')).toBeGreaterThan(order.lastIndexOf('RUN'));
  });

  it('listens where it says, and asks itself there for its health', () => {
    const { HTTP_PORT, GRPC_PORT, NODE_ENV } = environmentOf(last, { APP: 'gateway' });
    expect(NODE_ENV).toBe('production');
    expect(last.instructions.find(({ name }) => name === 'EXPOSE')?.words).toBe(`${HTTP_PORT} ${GRPC_PORT}`);
    const { words = '' } = last.instructions.find(({ name }) => name === 'HEALTHCHECK') ?? {};
    expect(words).toContain('process.env.HTTP_PORT');
    expect(words).toContain('/health/ready');
    expect(() => JSON.parse(words.replace(/^CMD /, ''))).not.toThrow();
  });

  it('starts an app with the flags of npm start, in the place of its shell', () => {
    const entry = JSON.parse(last.instructions.find(({ name }) => name === 'ENTRYPOINT')!.words) as string[];
    expect(entry).toEqual(['sh', 'docker/entrypoint.sh']);
    const script = read('docker/entrypoint.sh');
    expect(script).toContain(`exec node ${nodeFlags.join(' ')} "$file" "$@"`);
  });
});
