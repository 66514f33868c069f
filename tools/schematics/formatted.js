import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';

/** Text of a file of this repository, as `npm run format` would have it. */
export async function formatted(path, text) {
  const filepath = join(process.cwd(), path);
  return format(text, { ...(await resolveConfig(filepath)), filepath });
}
