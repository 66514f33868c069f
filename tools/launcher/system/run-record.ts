import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PidFile } from '@seckill/embedded';
import { z } from 'zod';

const runRecord = z.object({
  /** Base URLs. */
  gateways: z.array(z.string()),
  /** The embedded ledger; a database of the user's own is not recorded. */
  ledgerUrl: z.string().optional(),
});

/** What a launcher writes down about the system that it runs, for the other commands. */
export type RunRecord = z.infer<typeof runRecord>;

const fileIn = (runDir: string) => join(runDir, 'system.json');

/** Its name in the directory of what runs. */
export const launcher = 'launcher';

/** Where a launcher keeps what holds only as long as it runs. */
export function runDirectory(dataDir: string): string {
  return join(dataDir, 'run');
}

/** Which process is the launcher. */
export function launcherPid(runDir: string): PidFile {
  return PidFile.in(runDir, launcher);
}

/** Readable by its owner only: the URL of the ledger holds a password. */
export function writeRunRecord(runDir: string, record: RunRecord): void {
  removeRunRecord(runDir);
  writeFileSync(fileIn(runDir), JSON.stringify(record), { mode: 0o600 });
}

/** The system that runs over this data directory, or undefined when none does. */
export function readRunRecord(dataDir: string): RunRecord | undefined {
  const runDir = runDirectory(dataDir);
  if (!launcherPid(runDir).read()) return undefined;
  try {
    return runRecord.parse(JSON.parse(readFileSync(fileIn(runDir), 'utf8')));
  } catch {
    // Not written yet.
    return undefined;
  }
}

export function removeRunRecord(runDir: string): void {
  rmSync(fileIn(runDir), { force: true });
}
