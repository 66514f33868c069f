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
import { refusalReason } from './refusals.js';

/** A bound port. */
export interface Listening {
  readonly port: number;
  /** Accepts no more connections. Existing ones belong to the server and end with it. */
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
export interface CallerPolicy {
  readonly files: CertificateFiles;
  /** The role in a certificate whose chain is valid. */
  readonly roleOf: (certificate: PeerCertificate) => string | undefined;
  readonly allowedRoles: ReadonlySet<string>;
  /** Called when a caller was refused. */
  readonly onRefused: (peer: string, reason: string) => void;
}

/** A caller whose handshake takes longer is disconnected, in ms. */
const HANDSHAKE_MS = 10_000;

/**
 * Binds with mutual TLS. Node's own TLS server accepts connections and injects them into the gRPC server once they are
 * trusted: no HTTP/2 is read from untrusted peers, a connection is checked once and not per call, and a refusal can be
 * logged with its reason: a server that grpc-js binds drops such peers silently.
 */
export function bindWithMutualTls(policy: CallerPolicy): BindServer {
  return (server, host, port) => {
    const allowed = server.createConnectionInjector(ServerCredentials.createInsecure());
    const denied = server.createConnectionInjector(
      experimental.createServerCredentialsWithInterceptors(ServerCredentials.createInsecure(), [
        denyAll(`only ${[...policy.allowedRoles].join(' and ')} may call this service`),
      ]),
    );
    const listener = createServer({
      ...secureContext(policy),
      requestCert: true,
      // Checked below instead: when Node itself refuses a peer, its address is no longer known.
      rejectUnauthorized: false,
      ALPNProtocols: ['h2'],
      handshakeTimeout: HANDSHAKE_MS,
      noDelay: true,
    });
    let closed = false;
    listener.on('secureConnection', (caller) => {
      caller.on('error', () => {});
      // Its handshake was still in progress when the server closed, so the server would never end it.
      if (closed) return void caller.destroy();
      const certificate = caller.getPeerCertificate();
      if (!caller.authorized) {
        const code = String(caller.authorizationError);
        policy.onRefused(hostOf(caller), certificate.raw ? (refusalReason(code) ?? code) : 'no certificate');
        return caller.destroy();
      }
      const role = policy.roleOf(certificate);
      const isAllowed = role !== undefined && policy.allowedRoles.has(role);
      if (!isAllowed)
        policy.onRefused(hostOf(caller), `wrong identity: ${certificate.subjectaltname ?? 'none'}`);
      (isAllowed ? allowed : denied).injectConnection(caller);
      if (!isAllowed) setTimeout(() => caller.destroy(), DENIED_MS).unref();
    });
    listener.on('tlsClientError', (error: NodeJS.ErrnoException, caller) => {
      const reason = refusalReason(error.code);
      if (reason !== undefined) policy.onRefused(hostOf(caller), reason);
    });
    const unsubscribe = policy.files.onChange(() => listener.setSecureContext(secureContext(policy)));
    return new Promise((resolve, reject) => {
      listener.once('error', reject);
      listener.listen({ host, port }, () => {
        listener.off('error', reject);
        const { port: bound } = listener.address() as { port: number };
        resolve({
          port: bound,
          close: () => {
            closed = true;
            unsubscribe();
            listener.close();
          },
        });
      });
    });
  };
}

/** For new handshakes, at the start and after a change of files. No tickets: a resumed session is not checked again. */
function secureContext({ files }: CallerPolicy): SecureContextOptions {
  return { ...files.context, minVersion: 'TLSv1.3', secureOptions: constants.SSL_OP_NO_TICKET };
}

/** How long a denied caller stays connected, in ms: it gets an answer, then can reconnect with another certificate. */
const DENIED_MS = 1_000;

/** Answers every call with PERMISSION_DENIED before it reaches its handler. */
function denyAll(details: string): ServerInterceptor {
  return (_, call) =>
    new ServerInterceptingCall(call, {
      start: (next) =>
        next({ onReceiveMetadata: () => call.sendStatus({ code: status.PERMISSION_DENIED, details }) }),
    });
}

function hostOf({ remoteAddress = 'unknown address' }: TLSSocket): string {
  return remoteAddress.replace(/^::ffff:/, '');
}
