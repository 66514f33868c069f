import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CannotStartError } from '@seckill/embedded';

/**
 * What signs and checks tokens: `JWT_SECRET` from the environment, else a random one that is made up once and kept in
 * the data directory, readable by its owner only.
 *
 * @throws CannotStartError when it can be neither read nor made
 */
export function jwtSecret(dataDir: string, env: NodeJS.ProcessEnv): string {
  if (env['JWT_SECRET']) return env['JWT_SECRET'];
  const file = secretFile(dataDir);
  try {
    mkdirSync(dataDir, { recursive: true });
    writeFileSync(file, randomBytes(32).toString('base64url'), { mode: 0o600, flag: 'wx' });
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EEXIST')
      throw new CannotStartError(
        `${file} cannot be written: ${(cause as Error).message}.`,
        'Choose another directory with --data, or set JWT_SECRET.',
        { cause },
      );
  }
  return readFileSync(file, 'utf8').trim();
}

/** Where the secret is kept that was made up. */
export function secretFile(dataDir: string): string {
  return join(dataDir, 'secret');
}
