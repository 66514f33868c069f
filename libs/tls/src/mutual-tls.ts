import type { ChannelCredentials } from '@grpc/grpc-js';
import { systemClock, type Clock } from '@seckill/clock';
import type { Log } from '@seckill/log';
import { CertificateFiles } from './certificate-files.js';
import { CheckingChannelCredentials } from './channel-credentials.js';
import { identityOf, roleOf } from './identity.js';
import { bindWithMutualTls, type BindServer } from './listening.js';
import { Refusals } from './refusals.js';
import type { TlsFiles } from './settings.js';

/** Options of TLS beside the files. */
export interface TlsOptions {
  /** Gets a line for refused peers and for changed files. */
  log: Log;
  /** How often the files are read again, in ms. @default 5000 */
  everyMs?: number;
  /** @default systemClock */
  clock?: Clock;
}

/**
 * Mutual TLS of one process: both ends of a connection present a certificate of a common authority, and each checks the
 * role of the other. Certificates that change on disk are used for new connections; existing connections stay open.
 */
export class MutualTls {
  readonly #files: CertificateFiles;
  readonly #trustDomain: string;
  readonly #refusals: Refusals;

  /** @throws TlsFilesError when a file is missing or cannot be used */
  constructor({ trustDomain, ...files }: TlsFiles, { log, everyMs, clock = systemClock }: TlsOptions) {
    this.#files = new CertificateFiles({ ...files, log, clock, ...(everyMs !== undefined && { everyMs }) });
    this.#trustDomain = trustDomain;
    this.#refusals = new Refusals(log, clock);
  }

  /** For clients: connects only to servers of this role, at any address. */
  credentialsTo(role: string): ChannelCredentials {
    return new CheckingChannelCredentials(this.#files, {
      name: role,
      minVersion: 'TLSv1.3',
      problemOf: (_, certificate) =>
        roleOf(certificate, this.#trustDomain) === role
          ? undefined
          : `wrong identity: ${certificate.subjectaltname ?? 'none'} instead of ${identityOf(role, this.#trustDomain)}`,
      onRefused: (peer, reason) => this.#refusals.log(peer, reason),
    });
  }

  /** For servers: binds so that only these roles may call. Others get PERMISSION_DENIED. */
  bindFor(...roles: string[]): BindServer {
    return bindWithMutualTls({
      files: this.#files,
      roleOf: (certificate) => roleOf(certificate, this.#trustDomain),
      allowedRoles: new Set(roles),
      onRefused: (peer, reason) => this.#refusals.log(peer, reason),
    });
  }

  /** Stops reading the files. Connections stay open. */
  close(): void {
    this.#files.close();
  }
}
