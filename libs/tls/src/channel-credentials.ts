import { isIP, type Socket } from 'node:net';
import { connect, createSecureContext, type PeerCertificate } from 'node:tls';
import { CallCredentials, ChannelCredentials, experimental } from '@grpc/grpc-js';
import type { CertificateFiles } from './certificate-files.js';
import { refusalReason } from './refusals.js';

type SecureConnector = ReturnType<ChannelCredentials['_createSecureConnector']>;

/** How a client checks its server. */
export interface ServerCheck {
  readonly minVersion: 'TLSv1.2' | 'TLSv1.3';
  /** The server's name in the log. */
  readonly name: string;
  /** Why a server with a valid chain is refused nevertheless; undefined when it is accepted. */
  readonly problemOf: (host: string, certificate: PeerCertificate) => string | undefined;
  /** Called when a server was refused. */
  readonly onRefused: (peer: string, reason: string) => void;
}

/**
 * Channel credentials that use the certificates of the moment for each new connection, and report why a server was
 * refused. Those of grpc-js read the files once (`createSsl`), or report nothing and send an IP address as server name,
 * which makes Node warn (`experimental.createCertificateProviderChannelCredentials`). The methods with an underscore
 * are internal to grpc-js 1.14; mutual-tls.spec.ts tests that they are still called.
 */
export class CheckingChannelCredentials extends ChannelCredentials {
  constructor(
    private readonly files: CertificateFiles,
    private readonly check: ServerCheck,
  ) {
    super();
  }

  override _isSecure(): boolean {
    return true;
  }

  override _equals(other: ChannelCredentials): boolean {
    return this === other;
  }

  override _createSecureConnector(
    target: { path: string },
    _options: object,
    callCredentials: CallCredentials = CallCredentials.createEmpty(),
  ): SecureConnector {
    const host = experimental.splitHostPort(target.path)?.host ?? target.path;
    return {
      connect: async (socket) => ({ socket: await this.#connect(socket, host), secure: true }),
      waitForReady: () => Promise.resolve(),
      getCallCredentials: () => callCredentials,
      destroy() {},
    };
  }

  #connect(socket: Socket, host: string): Promise<Socket> {
    const { name, minVersion, problemOf, onRefused } = this.check;
    const peer = `${name} at ${host}`;
    return new Promise((resolve, reject) => {
      const secured = connect(
        {
          socket,
          // Overrides NODE_TLS_REJECT_UNAUTHORIZED.
          rejectUnauthorized: true,
          ...(isIP(host) === 0 && { servername: host }),
          secureContext: createSecureContext({ ...this.files.context, minVersion }),
          ALPNProtocols: ['h2'],
          checkServerIdentity: (_, certificate) => {
            const reason = problemOf(host, certificate);
            if (reason === undefined) return undefined;
            onRefused(peer, reason);
            return new Error(`refused ${peer}: ${reason}`);
          },
        },
        () => resolve(secured),
      );
      // Never removed: an 'error' without a listener would exit the process, also after grpc-js has taken over.
      secured.on('error', (error: NodeJS.ErrnoException) => {
        const reason = refusalReason(error.code);
        if (reason !== undefined) onRefused(peer, reason);
        reject(error);
      });
      secured.once('close', () => reject(new Error('connection closed during the TLS handshake')));
    });
  }
}
