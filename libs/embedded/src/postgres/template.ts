import { execFile } from 'node:child_process';
import { chmodSync, copyFileSync, existsSync, renameSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { exclusively } from '../processes/exclusive.js';
import { clusterFiles, superuserPassword, type ClusterFiles } from './cluster-files.js';
import { initialise } from './initialise.js';
import type { PostgresBinaries } from './postgres-binaries.js';
import type { SystemUser } from './system-user.js';

const run = promisify(execFile);

/**
 * Makes the cluster by a copy, unless there is one. The template is initialised by the first who needs it, one per user and
 * version; nothing ever runs over it. It lives in the directory for temporary files, where Postgres' own user can enter.
 */
export async function copyTemplate(
  binaries: PostgresBinaries,
  files: ClusterFiles,
  user: SystemUser | undefined,
): Promise<void> {
  if (existsSync(files.cluster)) return;
  const self = process.getuid?.() ?? 0;
  const template = clusterFiles(join(tmpdir(), `seckill-postgres-${binaries.version}-${self}`));
  // Somebody else's could hold anything.
  if (statSync(template.dataDir).uid !== self) return;
  chmodSync(template.dataDir, 0o711);
  await exclusively(template.lock, () =>
    initialise(binaries, template, user, superuserPassword(template.password)),
  );
  rmSync(files.incoming, { recursive: true, force: true });
  copyFileSync(template.password, files.password);
  // With owner and modes, which Postgres checks.
  await run('cp', ['-a', template.cluster, files.incoming]);
  renameSync(files.incoming, files.cluster);
}
