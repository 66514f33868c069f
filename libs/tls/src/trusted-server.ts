import { checkServerIdentity } from 'node:tls';
import type { ChannelCredentials } from '@grpc/grpc-js';
import { systemClock } from '@seckill/clock';
import { CertificateFiles } from './certificate-files.js';
import { CheckingChannelCredentials } from './channel-credentials.js';
import type { TlsOptions } from './mutual-tls.js';
import { Refusals } from './refusals.js';

/**
 * Ordinary TLS to a server outside this system, such as a broker: its certificate must be issued by an authority in
 * `caFile`, for the host name or IP address of the connection. A changed file is reloaded.
 * @throws TlsFilesError when the file is missing or cannot be used
 */
export function trustedServer(
  name: string,
  caFile: string,
  { log, everyMs, clock = systemClock }: TlsOptions,
): ChannelCredentials {
  const files = new CertificateFiles({ caFile, log, clock, ...(everyMs !== undefined && { everyMs }) });
  const refusals = new Refusals(log, clock);
  return new CheckingChannelCredentials(files, {
    name,
    minVersion: 'TLSv1.2',
    problemOf: (host, certificate) => {
      const error = checkServerIdentity(host, certificate);
      return error && `wrong identity: ${error.message}`;
    },
    onRefused: (peer, reason) => refusals.log(peer, reason),
  });
}
