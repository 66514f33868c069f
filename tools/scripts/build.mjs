// node tools/scripts/build.mjs   builds dist, and leaves a stamp by which run.mjs sees that it is fresh.

import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

/** Of the repository. */
export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const stamp = join(root, 'dist', '.built');
const lock = join(root, 'dist', '.building');

/** Of files and folders: a file that was moved keeps its own time and changes its folder's. */
function newestIn(directory) {
  let newest = statSync(directory).mtimeMs;
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name);
    newest = Math.max(newest, entry.isDirectory() ? newestIn(path) : statSync(path).mtimeMs);
  }
  return newest;
}

function newestSource() {
  const configuration = readdirSync(root)
    .filter((name) => /^(tsconfig.*|package-lock|nest-cli)\.json$/.test(name))
    .map((name) => statSync(join(root, name)).mtimeMs);
  const sources = ['apps', 'libs']
    .filter((kind) => existsSync(join(root, kind)))
    .flatMap((kind) => readdirSync(join(root, kind)).map((name) => join(root, kind, name, 'src')))
    .concat(join(root, 'tools'))
    .filter((directory) => existsSync(directory))
    .map(newestIn);
  return Math.max(...configuration, ...sources);
}

function isFresh() {
  return existsSync(stamp) && statSync(stamp).mtimeMs >= newestSource();
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

function removeStaleLock() {
  try {
    const owner = join(lock, 'pid');
    // A lock without an owner is one being taken just now, or one whose taker died in that instant.
    const stale = existsSync(owner)
      ? !isAlive(Number(readFileSync(owner, 'utf8')))
      : Date.now() - statSync(lock).mtimeMs > 10_000;
    if (!stale) return;
    // Only one of several that see it can rename it.
    const aside = `${lock}.${process.pid}`;
    renameSync(lock, aside);
    rmSync(aside, { recursive: true, force: true });
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
  }
}

async function takeLock() {
  mkdirSync(dirname(lock), { recursive: true });
  for (;;) {
    try {
      mkdirSync(lock);
      writeFileSync(join(lock, 'pid'), String(process.pid));
      return;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    removeStaleLock();
    await sleep(100);
  }
}

/** Removes nothing from dist: a system that runs from it loads modules as late as it needs them. */
function compile() {
  // The beginning counts: what was edited during the build is not in it.
  const began = new Date();
  const nest = join(root, 'node_modules', '@nestjs', 'cli', 'bin', 'nest.js');
  const { status } = spawnSync(process.execPath, [nest, 'build', '-p', 'tsconfig.build.json'], {
    cwd: root,
    stdio: ['ignore', 2, 2],
  });
  if (status !== 0) throw new Error('The build failed; nothing was started.');
  writeFileSync(stamp, '');
  utimesSync(stamp, began, began);
}

async function locked(work) {
  await takeLock();
  try {
    work();
  } finally {
    rmSync(lock, { recursive: true, force: true });
  }
}

/** Builds unless nothing has changed since the last time. Whoever comes meanwhile waits. */
export async function buildIfStale() {
  if (isFresh()) return;
  await locked(() => {
    if (isFresh()) return;
    console.error('building…');
    compile();
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    await locked(compile);
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  }
}
