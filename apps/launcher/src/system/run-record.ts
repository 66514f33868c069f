import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { PidFile } from '@seckill/embedded';
import { z } from 'zod';

const runRecord = z.object({
  /** Base URLs. */
  gateways: z.array(z.string()),
  /** The embedded ledger; one that was given to the launcher stays with whoever gave it. */
  ledgerUrl: z.string().optional(),
});

/** What a launcher writes down about the system that it runs, for the other commands. */
export type RunRecord = z.infer<typeof runRecord>;

const fileIn = (dataDir: string) => join(runDirectory(dataDir), 'system.json');

/** Where a launcher keeps what holds only as long as it runs. */
export function runDirectory(dataDir: string): string {
  return join(dataDir, 'run');
}

/** The launcher's own entry there. */
export function launcherPid(dataDir: string): PidFile {
  return PidFile.in(runDirectory(dataDir), 'launcher');
}

/** Readable by its owner only: the URL of the ledger holds a password. */
export function writeRunRecord(dataDir: string, record: RunRecord): void {
  mkdirSync(dirname(fileIn(dataDir)), { recursive: true });
  removeRunRecord(dataDir);
  writeFileSync(fileIn(dataDir), JSON.stringify(record), { mode: 0o600 });
}

/** The system that runs over this data directory, or undefined when none does. */
export function readRunRecord(dataDir: string): RunRecord | undefined {
  if (!launcherPid(dataDir).read()) return undefined;
  try {
    return runRecord.parse(JSON.parse(readFileSync(fileIn(dataDir), 'utf8')));
  } catch {
    // Not written yet.
    return undefined;
  }
}

export function removeRunRecord(dataDir: string): void {
  rmSync(fileIn(dataDir), { force: true });
}
