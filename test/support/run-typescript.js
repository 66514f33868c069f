/* node --import ./test/support/run-typescript.js FILE.ts   runs TypeScript as Jest does: same compiler, same aliases. */
import { existsSync, readFileSync } from 'node:fs';
import { register } from 'node:module';
import { fileURLToPath } from 'node:url';
import { isMainThread } from 'node:worker_threads';
import { transform } from '@swc/core';
import config from '../../jest.config.js';

const root = new URL('../../', import.meta.url);
const [, options] = config.projects[0].transform['^.+\\.ts$'];

if (isMainThread) register(import.meta.url);

export async function resolve(specifier, context, next) {
  const [, scope, name] = /^@(seckill|tools)\/([^/]+)$/.exec(specifier) ?? [];
  if (scope === 'seckill') return next(new URL(`libs/${name}/src/index.ts`, root).href, context);
  if (scope === 'tools') return next(new URL(`tools/${name}/index.ts`, root).href, context);
  if (specifier.startsWith('.') && specifier.endsWith('.js')) {
    const source = new URL(specifier.replace(/\.js$/, '.ts'), context.parentURL);
    if (existsSync(source)) return next(source.href, context);
  }
  return next(specifier, context);
}

export async function load(url, context, next) {
  if (!url.endsWith('.ts')) return next(url, context);
  const filename = fileURLToPath(url);
  const { code } = await transform(readFileSync(filename, 'utf8'), { ...options, filename });
  return { format: 'module', source: code, shortCircuit: true };
}
