import { fileURLToPath } from 'node:url';
import type { Kind } from './kind.js';

const preload = fileURLToPath(new URL('../preload/foreign-envelopes.js', import.meta.url));

/** No moment of its own: one gateway speaks another version for the whole case. */
export const versions: Kind = {
  name: 'two-versions',
  words: 'one gateway sends envelopes of the previous or the next version, beside the other',
  draw(random) {
    const version = random.pick(['older', 'newer'] as const);
    const instance = `gateway-${random.whole(1, 2)}`;
    return {
      words: `${instance} sends ${version} envelopes`,
      victim: instance,
      needs: { only: { [instance]: { preloads: [preload], env: { FOREIGN_ENVELOPES: version } } } },
      inflict: async () => {},
    };
  },
};
