import { createSigner } from 'fast-jwt';
import { parseTokenOptions, tokenHelp } from './options/token-options.js';
import { runCommand } from './run-command.js';
import { jwtSecret } from './system/secret.js';

await runCommand(async (args) => {
  const { help, sub, scope, expiresMs, dataDir } = parseTokenOptions(args);
  if (help) return console.log(tokenHelp);
  const sign = createSigner({
    key: jwtSecret(dataDir, process.env),
    algorithm: 'HS256',
    expiresIn: expiresMs,
  });
  console.log(sign(scope === undefined ? { sub } : { sub, scope }));
});
