import { isIP, type Socket } from 'node:net';
import { connect, createSecureContext, type PeerCertificate } from 'node:tls';
import { CallCredentials, ChannelCredentials, experimental } from '@grpc/grpc-js';
import type { CertificateFiles } from './certificate-files.js';
import { whyRefused } from './refusals.js';

type SecureConnector = ReturnType<ChannelCredentials['_createSecureConnector']>;

/** How the server at the other end is judged. */
export interface ServerCheck {
  /** The oldest version that is spoken. */
  readonly minVersion: 'TLSv1.2' | 'TLSv1.3';
  /** What it is called in the log. */
  readonly name: string;
  /** Why a server whose chain is good is refused all the same; undefined when it is not. */
  readonly judge: (host: string, certificate: PeerCertificate) => string | undefined;
  /** Hears why a server was refused. */
  readonly refused: (who: string, why: string) => void;
}

/**
 * Credentials of channels that read the certificates as they are when a connection is made, and tell why a server was
 * refused. Those of grpc-js read them once (`createSsl`), or tell nothing and name IP addresses as server names, which
 * Node warns of (`experimental.createCertificateProviderChannelCredentials`). The methods with an underscore are what
 * grpc-js 1.14 calls; mutual-tls.spec.ts shows that they work.
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
    const { name, minVersion, judge, refused } = this.check;
    const who = `${name} at ${host}`;
    return new Promise((resolve, reject) => {
      const secured = connect(
        {
          socket,
          // Whatever NODE_TLS_REJECT_UNAUTHORIZED says.
          rejectUnauthorized: true,
          ...(isIP(host) === 0 && { servername: host }),
          secureContext: createSecureContext({ ...this.files.context, minVersion }),
          ALPNProtocols: ['h2'],
          checkServerIdentity: (_, certificate) => {
            const why = judge(host, certificate);
            if (why === undefined) return undefined;
            refused(who, why);
            return new Error(`refused ${who}: ${why}`);
          },
        },
        () => resolve(secured),
      );
      // One that stays: an error after the connection was made belongs to whoever has it then, but must be heard.
      secured.on('error', (error: NodeJS.ErrnoException) => {
        const why = whyRefused(error.code);
        if (why !== undefined) refused(who, why);
        reject(error);
      });
      secured.once('close', () => reject(new Error('the connection was closed before it was secure')));
    });
  }
}
