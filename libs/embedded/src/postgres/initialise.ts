import { execFile } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { ClusterFiles } from './cluster-files.js';
import { explain } from './explain.js';
import type { PostgresBinaries } from './postgres-binaries.js';
import type { SystemUser } from './system-user.js';

const run = promisify(execFile);

/**
 * Makes the cluster unless there is one. It takes its place by a rename, so one that was interrupted leaves nothing
 * that could be taken for a cluster.
 */
export async function initialise(
  { initdb }: PostgresBinaries,
  files: ClusterFiles,
  user: SystemUser | undefined,
  password: string,
): Promise<void> {
  if (existsSync(files.cluster)) return;
  rmSync(files.incoming, { recursive: true, force: true });
  if (user) chmodSync(files.dataDir, statSync(files.dataDir).mode | 0o011);
  mkdirSync(files.incoming, { mode: 0o700 });
  const handover = mkdtempSync(join(tmpdir(), 'postgres-'));
  const passwordFile = join(handover, 'password');
  try {
    writeFileSync(passwordFile, `${password}\n`, { mode: 0o600 });
    if (user)
      for (const path of [files.incoming, handover, passwordFile]) chownSync(path, user.uid, user.gid);
    await run(
      initdb,
      [
        `--pgdata=${files.incoming}`,
        '--username=postgres',
        `--pwfile=${passwordFile}`,
        '--auth=scram-sha-256',
        '--encoding=UTF8',
        // Sorts and compares alike on every machine, and speaks English in the logs.
        '--locale=C',
        '--locale-provider=builtin',
        '--builtin-locale=C.UTF-8',
      ],
      { ...user, cwd: files.incoming },
    );
    renameSync(files.incoming, files.cluster);
  } catch (cause) {
    rmSync(files.incoming, { recursive: true, force: true });
    const { stderr = '', message } = cause as { stderr?: string; message: string };
    throw explain(stderr || message, { port: undefined, directory: files.dataDir, cause });
  } finally {
    rmSync(handover, { recursive: true, force: true });
  }
}
