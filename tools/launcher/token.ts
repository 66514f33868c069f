import { createSigner } from 'fast-jwt';
import { runCommand } from '@tools/command-line';
import { parseTokenOptions } from './options/token-options.js';
import { jwtSecret } from './system/secret.js';

await runCommand(parseTokenOptions, async ({ sub, scope, expiresMs, dataDir }) => {
  const sign = createSigner({
    key: jwtSecret(dataDir, process.env),
    algorithm: 'HS256',
    expiresIn: expiresMs,
  });
  console.log(sign(scope === undefined ? { sub } : { sub, scope }));
});
