import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CannotStartError } from './errors.js';

const landmark = join('docker', 'rocketmq', 'topology.json');

/**
 * The directory that contains `docker/rocketmq`, searched upwards from this file, so that it is the same for the
 * sources and for the build output.
 *
 * @throws CannotStartError when there is none
 */
export function repositoryRoot(): string {
  let directory = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(directory, landmark))) {
    const parent = dirname(directory);
    if (parent === directory)
      throw new CannotStartError(
        `${landmark} was not found.`,
        'Run from a complete checkout of the repository.',
      );
    directory = parent;
  }
  return directory;
}
