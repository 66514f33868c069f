// node tools/scripts/check-proto.mjs   checks proto/: style, compatibility with the commit before, and the generated types.

import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const generated = join('libs', 'contracts', 'src', 'generated');

function run(program, args) {
  return spawnSync(program, args, { cwd: root, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
}

function buf(...args) {
  const result = run(join(root, 'node_modules', '.bin', 'buf'), args);
  return { passed: result.status === 0, words: `${result.stdout}${result.stderr}` };
}

function git(...args) {
  const result = run('git', args);
  return result.status === 0 ? result.stdout.trim() : undefined;
}

/**
 * The newest commit that others may have built on: where this branch left main; on main itself the last commit, or the
 * one before it when nothing in proto/ waits to be committed.
 */
function baseline() {
  const head = git('rev-parse', '--verify', 'HEAD');
  const forkPoint = git('merge-base', 'HEAD', 'origin/main') ?? git('merge-base', 'HEAD', 'main');
  if (forkPoint && forkPoint !== head) return forkPoint;
  const pending = git('status', '--porcelain', '--', 'proto', 'buf.yaml');
  return pending ? head : git('rev-parse', '--verify', '--quiet', 'HEAD~1');
}

function checkStyle() {
  const { passed, words } = buf('lint');
  return passed ? [] : [`buf lint:\n${words}`];
}

function checkCompatibility(scratch) {
  const commit = baseline();
  if (!commit || !git('ls-tree', commit, '--', 'proto')) {
    console.log('proto: no earlier commit holds proto/, so there is nothing to be compatible with');
    return [];
  }
  const before = join(scratch, 'before.tar');
  if (git('archive', '--format=tar', '-o', before, commit, 'proto', 'buf.yaml') === undefined)
    return [`git archive ${commit} failed`];
  const { passed, words } = buf('breaking', '--against', before);
  return passed ? [] : [`Breaks what ${commit.slice(0, 10)} promised:\n${words}`];
}

function filesIn(directory) {
  if (!existsSync(directory)) return [];
  return readdirSync(directory, { recursive: true }).filter((name) =>
    statSync(join(directory, name)).isFile(),
  );
}

function checkFreshness(scratch) {
  const { passed, words } = buf('generate', '-o', scratch);
  if (!passed) return [`buf generate:\n${words}`];
  const [expected, present] = [join(scratch, generated), join(root, generated)];
  const complaints = [];
  for (const name of filesIn(expected)) {
    const file = join(generated, name);
    if (!existsSync(join(present, name)))
      complaints.push(`${file} is missing; \`npm run generate\` makes it.`);
    else if (!readFileSync(join(present, name)).equals(readFileSync(join(expected, name))))
      complaints.push(`${file} is stale; \`npm run generate\` mends it.`);
  }
  for (const name of filesIn(present))
    if (!existsSync(join(expected, name)))
      complaints.push(`${join(generated, name)} comes from no file in proto/; remove it.`);
  return complaints;
}

const scratch = mkdtempSync(join(tmpdir(), 'check-proto-'));
try {
  const complaints = [...checkStyle(), ...checkCompatibility(scratch), ...checkFreshness(scratch)];
  for (const complaint of complaints) console.error(complaint.trimEnd());
  process.exitCode = complaints.length > 0 ? 1 : 0;
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
