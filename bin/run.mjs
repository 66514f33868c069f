// node bin/run.mjs launcher/src/start.js --help   runs dist/apps/launcher/src/start.js, built first if need be.

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
import { dirname, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';

const leastNode = [20, 19];
const root = dirname(dirname(fileURLToPath(import.meta.url)));
const stamp = join(root, 'dist', '.built');
const lock = join(root, 'dist', '.building');

function giveUp(message) {
  console.error(message);
  process.exit(1);
}

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > leastNode[0] || (major === leastNode[0] && minor >= leastNode[1])) return;
  giveUp(`Node ${leastNode.join('.')} or newer is needed; this is ${process.versions.node}.`);
}

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
async function build() {
  await takeLock();
  try {
    if (isFresh()) return;
    console.error('building…');
    const began = new Date();
    const { status } = spawnSync('npm', ['run', '--silent', 'build'], {
      cwd: root,
      stdio: ['ignore', 2, 2],
      shell: process.platform === 'win32',
    });
    if (status !== 0) throw new Error('The build failed; nothing was started.');
    // The beginning counts: what was edited during the build is not in it.
    writeFileSync(stamp, '');
    utimesSync(stamp, began, began);
  } finally {
    rmSync(lock, { recursive: true, force: true });
  }
}

checkNode();
const [program, ...args] = process.argv.slice(2);
if (!program) giveUp('Usage: node bin/run.mjs <app>/src/<file>.js [arguments]');
if (!isFresh()) await build().catch((error) => giveUp(error.message));
const target = resolve(root, 'dist', 'apps', program);
if (!existsSync(target)) giveUp(`There is no ${program} among the built apps.`);
process.argv = [process.argv[0], target, ...args];
await import(pathToFileURL(target).href);
