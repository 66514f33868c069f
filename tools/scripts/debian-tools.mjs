import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';

// node tools/scripts/debian-tools.mjs etcd-server prometheus
//
// Unpacks Debian packages into .data/tools/<package>, for tests of what is no npm package. Nothing is installed and
// no service is started; only what is linked statically, as Go programs are, can be run from there.

const packages = process.argv.slice(2);
const tools = join(import.meta.dirname ?? '.', '..', '..', '.data', 'tools');

function run(command, args, cwd) {
  const { status, error } = spawnSync(command, args, { cwd, stdio: ['ignore', 'ignore', 'inherit'] });
  return status === 0 && !error;
}

function unpack(name) {
  const target = join(tools, name);
  if (existsSync(target)) return true;
  const scratch = `${target}.${process.pid}`;
  rmSync(scratch, { recursive: true, force: true });
  mkdirSync(scratch, { recursive: true });
  try {
    const download = () => run('apt-get', ['download', '--quiet', name], scratch);
    // A new machine knows no packages before it has asked once.
    if (!download() && !(run('apt-get', ['update', '--quiet']) && download())) return false;
    const [archive] = readdirSync(scratch).filter((file) => file.endsWith('.deb'));
    if (!archive || !run('dpkg-deb', ['--extract', archive, 'unpacked'], scratch)) return false;
    renameSync(join(scratch, 'unpacked'), target);
    return true;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

if (packages.length === 0) {
  console.error('Say which Debian packages to unpack: node tools/scripts/debian-tools.mjs etcd-server');
  process.exitCode = 2;
}
for (const name of packages) {
  if (unpack(name)) continue;
  console.error(
    `Debian package ${name} could not be had: it needs apt-get and dpkg-deb, and Debian's archive.`,
  );
  process.exitCode = 1;
}
