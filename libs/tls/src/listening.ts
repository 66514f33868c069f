import { constants } from 'node:crypto';
import { createServer, type PeerCertificate, type SecureContextOptions, type TLSSocket } from 'node:tls';
import {
  experimental,
  ServerCredentials,
  ServerInterceptingCall,
  status,
  type Server,
  type ServerInterceptor,
} from '@grpc/grpc-js';
import type { CertificateFiles } from './certificate-files.js';
import { whyRefused } from './refusals.js';

/** A bound port. */
export interface Listening {
  readonly port: number;
  /** Takes no more connections. Those that there are belong to the server, and end with it. */
  close(): void;
}

/** Binds a gRPC server. Rejects when the port is taken. @param port 0 for any free one */
export type BindServer = (server: Server, host: string, port: number) => Promise<Listening>;

/** Binds without encryption. */
export const bindPlainText: BindServer = (server, host, port) =>
  new Promise((resolve, reject) => {
    server.bindAsync(`${host}:${port}`, ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve({ port: bound, close() {} }),
    );
  });

/** Who may call a server. */
export interface Door {
  readonly files: CertificateFiles;
  /** The role in a certificate whose chain is good. */
  readonly roleOf: (certificate: PeerCertificate) => string | undefined;
  readonly mayCall: ReadonlySet<string>;
  /** Hears why a caller was refused. */
  readonly refused: (who: string, why: string) => void;
}

/** A caller that has not finished its handshake by then is gone, in ms. */
const HANDSHAKE_MS = 10_000;

/**
 * Binds with mutual TLS. The TLS is Node's own and its connections are injected into the gRPC server once they are
 * trusted: nothing of HTTP/2 is read from anybody else, a connection's identity is judged once and not per call, and
 * only so can one say why somebody was refused: a server that grpc-js binds drops them without a word.
 */
export function bindBehind(door: Door): BindServer {
  return (server, host, port) => {
    const admitted = server.createConnectionInjector(ServerCredentials.createInsecure());
    const denied = server.createConnectionInjector(
      experimental.createServerCredentialsWithInterceptors(ServerCredentials.createInsecure(), [
        denyAll(`only ${[...door.mayCall].join(' and ')} may call this service`),
      ]),
    );
    const listener = createServer({
      ...secureContext(door),
      requestCert: true,
      // Judged below instead: what Node itself refuses is gone, with its address, before one hears of it.
      rejectUnauthorized: false,
      ALPNProtocols: ['h2'],
      handshakeTimeout: HANDSHAKE_MS,
      noDelay: true,
    });
    let closed = false;
    listener.on('secureConnection', (caller) => {
      caller.on('error', () => {});
      // Its handshake was under way meanwhile: the server does not look after it any more.
      if (closed) return void caller.destroy();
      const certificate = caller.getPeerCertificate();
      if (!caller.authorized) {
        const verdict = String(caller.authorizationError);
        door.refused(hostOf(caller), certificate.raw ? (whyRefused(verdict) ?? verdict) : 'no certificate');
        return caller.destroy();
      }
      const role = door.roleOf(certificate);
      const welcome = role !== undefined && door.mayCall.has(role);
      if (!welcome) door.refused(hostOf(caller), `wrong identity: ${certificate.subjectaltname ?? 'none'}`);
      (welcome ? admitted : denied).injectConnection(caller);
      if (!welcome) setTimeout(() => caller.destroy(), DENIED_MS).unref();
    });
    listener.on('tlsClientError', (error: NodeJS.ErrnoException, caller) => {
      const why = whyRefused(error.code);
      if (why !== undefined) door.refused(hostOf(caller), why);
    });
    const forget = door.files.onChange(() => listener.setSecureContext(secureContext(door)));
    return new Promise((resolve, reject) => {
      listener.once('error', reject);
      listener.listen({ host, port }, () => {
        listener.off('error', reject);
        const { port: bound } = listener.address() as { port: number };
        resolve({
          port: bound,
          close: () => {
            closed = true;
            forget();
            listener.close();
          },
        });
      });
    });
  };
}

/**
 * What a handshake goes by, at the start and after a change of files. Without tickets: a session that is resumed is not
 * judged again.
 */
function secureContext({ files }: Door): SecureContextOptions {
  return { ...files.context, minVersion: 'TLSv1.3', secureOptions: constants.SSL_OP_NO_TICKET };
}

/** How long a caller of a wrong role stays connected, in ms: time to hear so, and then to come back with another certificate. */
const DENIED_MS = 1_000;

/** Answers every call with PERMISSION_DENIED before its handler hears of it. */
function denyAll(details: string): ServerInterceptor {
  return (_, call) =>
    new ServerInterceptingCall(call, {
      start: (next) =>
        next({ onReceiveMetadata: () => call.sendStatus({ code: status.PERMISSION_DENIED, details }) }),
    });
}

function hostOf({ remoteAddress = 'somebody who is gone' }: TLSSocket): string {
  return remoteAddress.replace(/^::ffff:/, '');
}
