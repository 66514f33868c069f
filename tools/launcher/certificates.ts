import { makeDevelopmentCertificates } from '@seckill/embedded';
import { certificatesHelp, parseCertificatesOptions } from './options/certificates-options.js';
import { runCommand } from './run-command.js';
import { appRoles, certificatesDirectory } from './system/plan.js';

await runCommand(async (args) => {
  const { help, validMs, hosts, trustDomain, newAuthority, dataDir } = parseCertificatesOptions(args);
  if (help) return console.log(certificatesHelp);
  const directory = certificatesDirectory(dataDir);
  const roles = [...appRoles, 'rocketmq'];
  const until = await makeDevelopmentCertificates({
    directory,
    roles,
    trustDomain,
    validMs,
    newAuthority,
    ...(hosts && { hosts }),
  });
  console.log(`Certificates in ${directory}, good until ${until.toISOString()}:`);
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
