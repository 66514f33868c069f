import { makeDevelopmentCertificates } from '@seckill/embedded';
import { runCommand } from '@tools/command-line';
import { parseCertificatesOptions } from './options/certificates-options.js';
import { appNames } from '@tools/app-environment';
import { certificatesDirectory } from './system/plan.js';

await runCommand(parseCertificatesOptions, async ({ dataDir, hosts, ...rest }) => {
  const directory = certificatesDirectory(dataDir);
  const roles = [...appNames, 'rocketmq'];
  const validUntil = await makeDevelopmentCertificates({
    ...rest,
    directory,
    roles,
    ...(hosts && { hosts }),
  });
  console.log(`Certificates in ${directory}, valid until ${validUntil.toISOString()}:`);
  for (const role of roles) console.log(`  ${role.padEnd(15)}  ${role}.pem  ${role}.key`);
  console.log('  authority        ca.pem  ca.key');
  console.log('\nFor an app that you start by hand, as here for gateway:');
  for (const [variable, file] of [
    ['TLS_CERT_FILE', 'gateway.pem'],
    ['TLS_KEY_FILE', 'gateway.key'],
    ['TLS_CA_FILE', 'ca.pem'],
  ])
    console.log(`  export ${variable}=${directory}/${file}`);
  console.log('`npm start -- --tls` runs all of them with mutual TLS.');
});
