import { chmodSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * A new directory for temporary files in which embedded Postgres can live even when a test runs as root: Postgres
 * then runs as another user, who could not enter what `mkdtemp` makes.
 */
export function scratchDirectory(name: string): string {
  const directory = mkdtempSync(join(tmpdir(), `${name}-`));
  chmodSync(directory, 0o711);
  return directory;
}
