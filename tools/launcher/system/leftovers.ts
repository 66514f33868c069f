import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { CannotStartError, endProcess, exclusively, identify, PidFile } from '@seckill/embedded';
import { launcher, launcherPid } from './run-record.js';

const graceMs = 10_000;

/**
 * Claims the data directory for this launcher, and ends what a launcher that was killed has left running: exactly the
 * processes that it recorded, by number and time of start, and never one that has taken over a number.
 *
 * @returns gives the directory up again
 * @throws CannotStartError when another launcher runs over it
 */
export function claim(runDir: string, say: (line: string) => void): Promise<() => void> {
  return exclusively(join(runDir, 'start.lock'), async () => {
    const own = launcherPid(runDir);
    const other = own.read();
    if (other)
      throw new CannotStartError(
        `A system runs already (process ${other.pid}).`,
        'Stop that one, or start this one with other --data and --http-port.',
      );
    const self = identify(process.pid);
    if (self) own.write(self);
    await endLeftovers(runDir, say);
    return () => own.remove();
  });
}

async function endLeftovers(runDir: string, say: (line: string) => void): Promise<void> {
  if (!existsSync(runDir)) return;
  const names = readdirSync(runDir)
    .filter((file) => file.endsWith('.pid'))
    .map((file) => file.slice(0, -'.pid'.length))
    .filter((name) => name !== launcher);
  await Promise.all(
    names.map(async (name) => {
      const pidFile = PidFile.in(runDir, name);
      const leftover = pidFile.read();
      if (leftover) {
        await endProcess(leftover, graceMs);
        say(`ended ${name} (process ${leftover.pid}), left over from a launcher that was killed`);
      }
      pidFile.remove();
    }),
  );
}
