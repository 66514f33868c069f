import type { ChannelCredentials } from '@grpc/grpc-js';
import { systemClock, type Clock } from '@seckill/clock';
import type { Log } from '@seckill/log';
import { CertificateFiles } from './certificate-files.js';
import { CheckingChannelCredentials } from './channel-credentials.js';
import { identityOf, roleOf } from './identity.js';
import { bindBehind, type BindServer } from './listening.js';
import { Refusals } from './refusals.js';
import type { TlsFiles } from './settings.js';

/** What goes beside the files. */
export interface TlsOptions {
  /** Is told of refusals and of files that changed. */
  log: Log;
  /** How often the files are looked at, in ms. @default 5000 */
  everyMs?: number;
  /** @default systemClock */
  clock?: Clock;
}

/**
 * Mutual TLS of one process: both ends of a connection show a certificate of a common authority, and each checks the
 * role of the other. Certificates that change on disk are used for new connections; existing ones go on.
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

  /** For clients: connects to servers of this role alone, under whatever address they are found. */
  credentialsTo(role: string): ChannelCredentials {
    return new CheckingChannelCredentials(this.#files, {
      name: role,
      minVersion: 'TLSv1.3',
      judge: (_, certificate) =>
        roleOf(certificate, this.#trustDomain) === role
          ? undefined
          : `wrong identity: ${certificate.subjectaltname ?? 'none'} instead of ${identityOf(role, this.#trustDomain)}`,
      refused: (who, why) => this.#refusals.tell(who, why),
    });
  }

  /** For servers: binds so that these roles may call, and nobody else. Others get PERMISSION_DENIED. */
  bindFor(...roles: string[]): BindServer {
    return bindBehind({
      files: this.#files,
      roleOf: (certificate) => roleOf(certificate, this.#trustDomain),
      mayCall: new Set(roles),
      refused: (who, why) => this.#refusals.tell(who, why),
    });
  }

  /** Looks at the files no longer. Connections go on. */
  close(): void {
    this.#files.close();
  }
}
