// x509 finds its algorithms by decorators.
import 'reflect-metadata';
import { randomBytes, webcrypto } from 'node:crypto';
import { isIP } from 'node:net';
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  PemConverter,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
  type JsonGeneralName,
} from '@peculiar/x509';

const crypto = webcrypto;
const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };

/** A certificate and its private key, in PEM. */
export interface KeyedCertificate {
  readonly cert: string;
  readonly key: string;
}

/** The subject of a certificate. */
export interface CertificateRequest {
  readonly name: string;
  /** Its identity, such as `spiffe://seckill/gateway`. */
  readonly uri?: string;
  /** Host names and IP addresses of the server. */
  readonly hosts?: readonly string[];
  /** @default a minute ago, because clocks differ */
  readonly validFrom?: Date;
  readonly validTo: Date;
}

/** A certificate authority for development and tests. Its key is stored beside the certificates: not for production. */
export class CertificateAuthority {
  private constructor(
    /** In PEM. */
    readonly cert: string,
    /** In PEM. */
    readonly key: string,
    private readonly signingKey: webcrypto.CryptoKey,
  ) {}

  /** Makes a new authority. */
  static async create(name: string, validTo: Date): Promise<CertificateAuthority> {
    const keys = await makeKeys();
    const certificate = await X509CertificateGenerator.createSelfSigned(
      {
        name: `CN=${name}`,
        serialNumber: serialNumber(),
        notBefore: aMinuteAgo(),
        notAfter: validTo,
        keys,
        signingAlgorithm: algorithm,
        extensions: [
          new BasicConstraintsExtension(true, 0, true),
          new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
          await SubjectKeyIdentifierExtension.create(keys.publicKey, false, crypto),
        ],
      },
      crypto,
    );
    return new CertificateAuthority(
      certificate.toString('pem'),
      await toPem(keys.privateKey),
      keys.privateKey,
    );
  }

  /** Loads an existing authority. */
  static async from({ cert, key }: KeyedCertificate): Promise<CertificateAuthority> {
    const pkcs8 = PemConverter.decodeFirst(key);
    return new CertificateAuthority(
      cert,
      key,
      await crypto.subtle.importKey('pkcs8', pkcs8, algorithm, false, ['sign']),
    );
  }

  /** When it expires. */
  get validTo(): Date {
    return new X509Certificate(this.cert).notAfter;
  }

  /** Makes a certificate with a key of its own, for servers and clients alike. */
  async issue({ name, uri, hosts = [], validFrom, validTo }: CertificateRequest): Promise<KeyedCertificate> {
    const keys = await makeKeys();
    const authority = new X509Certificate(this.cert);
    const names: JsonGeneralName[] = [
      ...(uri === undefined ? [] : [{ type: 'url' as const, value: uri }]),
      ...hosts.map((host) => ({ type: isIP(host) ? ('ip' as const) : ('dns' as const), value: host })),
    ];
    const certificate = await X509CertificateGenerator.create(
      {
        subject: `CN=${name}`,
        issuer: authority.subject,
        serialNumber: serialNumber(),
        notBefore: validFrom ?? aMinuteAgo(),
        notAfter: validTo,
        publicKey: keys.publicKey,
        signingKey: this.signingKey,
        signingAlgorithm: algorithm,
        extensions: [
          new BasicConstraintsExtension(false, undefined, true),
          new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
          new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth, ExtendedKeyUsage.clientAuth]),
          ...(names.length > 0 ? [new SubjectAlternativeNameExtension(names)] : []),
          await SubjectKeyIdentifierExtension.create(keys.publicKey, false, crypto),
          await AuthorityKeyIdentifierExtension.create(authority, false, crypto),
        ],
      },
      crypto,
    );
    return { cert: certificate.toString('pem'), key: await toPem(keys.privateKey) };
  }
}

const aMinuteAgo = () => new Date(Date.now() - 60_000);

/** 127 random bits. The first bit is 0, because a serial number must be positive (RFC 5280, 4.1.2.2). */
function serialNumber(): string {
  const bytes = randomBytes(16);
  bytes[0]! &= 0x7f;
  bytes[0]! |= 0x01;
  return bytes.toString('hex');
}

function makeKeys(): Promise<webcrypto.CryptoKeyPair> {
  return crypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
}

async function toPem(key: webcrypto.CryptoKey): Promise<string> {
  return `${PemConverter.encode(await crypto.subtle.exportKey('pkcs8', key), 'PRIVATE KEY')}\n`;
}
