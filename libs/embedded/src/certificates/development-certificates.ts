import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { CertificateAuthority, type KeyedCertificate } from './certificate-authority.js';

/** The authority outlives its certificates, so that running processes can switch to new ones one after the other. */
const AUTHORITY_MS = 365 * 86_400_000;

/** Options of development certificates. */
export interface DevelopmentCertificatesOptions {
  readonly directory: string;
  /** One certificate each, with the identity `spiffe://<trust domain>/<role>`. */
  readonly roles: readonly string[];
  readonly trustDomain: string;
  /** Host names and IP addresses of the servers. @default localhost and 127.0.0.1 */
  readonly hosts?: readonly string[];
  /** How long they are valid, in ms. */
  readonly validMs: number;
  /** Makes a new authority as well: processes with certificates of the old one are refused. @default false */
  readonly newAuthority?: boolean;
}

/** The paths of the files of one role. */
export interface CertificatePaths {
  readonly certFile: string;
  readonly keyFile: string;
  readonly caFile: string;
}

/** The files of one role within a directory of development certificates. */
export function certificatePaths(directory: string, role: string): CertificatePaths {
  const at = (name: string) => resolve(directory, name);
  return { certFile: at(`${role}.pem`), keyFile: at(`${role}.key`), caFile: at('ca.pem') };
}

/**
 * Makes certificates for development: an authority unless there is one, and one certificate per role. Only their owner
 * can read the keys.
 * @returns when they expire
 */
export async function makeDevelopmentCertificates(options: DevelopmentCertificatesOptions): Promise<Date> {
  const { directory, roles, trustDomain, hosts = ['localhost', '127.0.0.1'], validMs } = options;
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const wanted = new Date(Date.now() + validMs);
  let authority = options.newAuthority ? undefined : await authorityIn(directory);
  if (!authority || authority.validTo < wanted) {
    const until = new Date(Date.now() + Math.max(validMs, AUTHORITY_MS));
    authority = await CertificateAuthority.create('seckill development', until);
    writeKeyed(directory, 'ca', authority);
  }
  for (const role of roles) {
    const uri = `spiffe://${trustDomain}/${role}`;
    writeKeyed(directory, role, await authority.issue({ name: role, uri, hosts, validTo: wanted }));
  }
  return wanted;
}

async function authorityIn(directory: string): Promise<CertificateAuthority | undefined> {
  try {
    return await CertificateAuthority.from({
      cert: readFileSync(join(directory, 'ca.pem'), 'utf8'),
      key: readFileSync(join(directory, 'ca.key'), 'utf8'),
    });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function writeKeyed(directory: string, name: string, { cert, key }: KeyedCertificate): void {
  replace(join(directory, `${name}.key`), key, 0o600);
  replace(join(directory, `${name}.pem`), cert.endsWith('\n') ? cert : `${cert}\n`, 0o644);
}

/** Readers see either the old or the new file, never a part of it. */
function replace(file: string, content: string, mode: number): void {
  writeFileSync(`${file}.new`, content, { mode });
  renameSync(`${file}.new`, file);
}
