import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CannotStartError } from './errors.js';

const landmark = 'package.json';

/**
 * The directory of `package.json`, found upwards from this file, so that it is the same from the sources
 * and from the built output.
 *
 * @throws CannotStartError when the files were moved apart
 */
export function repositoryRoot(): string {
  let directory = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(directory, landmark))) {
    const parent = dirname(directory);
    if (parent === directory)
      throw new CannotStartError(
        `${landmark} was not found.`,
        'Run from a whole checkout of the repository.',
      );
    directory = parent;
  }
  return directory;
}
