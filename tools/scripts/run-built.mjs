// What run.mjs does once Node is new enough.

import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { buildIfStale, root } from './build.mjs';

function giveUp(message) {
  console.error(message);
  process.exit(1);
}

const [program, ...args] = process.argv.slice(2);
if (!program) giveUp('Usage: node tools/scripts/run.mjs apps/<app>/src/<file>.js [arguments]');
if (!existsSync(join(root, 'node_modules'))) giveUp('Nothing is installed yet: run `npm ci`.');
await buildIfStale().catch((error) => giveUp(error.message));
const target = resolve(root, 'dist', program);
if (!existsSync(target)) giveUp(`There is no ${program} among the built programs.`);
process.argv = [process.argv[0], target, ...args];
await import(pathToFileURL(target).href);
