import { X509Certificate, createPrivateKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createSecureContext, type SecureContextOptions } from 'node:tls';
import { systemClock, type Clock } from '@seckill/clock';
import type { Log } from '@seckill/log';
import { TlsFilesError } from './errors.js';

/** Which files. */
export interface CertificateFilesOptions {
  caFile: string;
  /** With keyFile, or neither. */
  certFile?: string;
  keyFile?: string;
  /** How often they are looked at, in ms. Watching would miss what Kubernetes does: it swaps a link above them. @default 5000 */
  everyMs?: number;
  log: Log;
  /** @default systemClock */
  clock?: Clock;
}

/** What was read. */
interface Contents {
  ca: Buffer;
  cert?: Buffer;
  key?: Buffer;
}

/**
 * Certificates as they are on disk now. Changed files are taken up as one, and only when they can be used: until
 * then, such as between the writing of a certificate and of its key, the ones before go on.
 */
export class CertificateFiles {
  readonly #options: Required<Omit<CertificateFilesOptions, 'certFile' | 'keyFile'>> &
    Pick<CertificateFilesOptions, 'certFile' | 'keyFile'>;
  readonly #listeners = new Set<() => void>();
  #current: Contents;
  #trouble: string | undefined;
  #over = false;

  /** @throws TlsFilesError when a file is missing or cannot be used */
  constructor(options: CertificateFilesOptions) {
    this.#options = { everyMs: 5_000, clock: systemClock, ...options };
    const { caFile, certFile, keyFile } = options;
    this.#current = {
      ca: readNow(caFile),
      ...(certFile !== undefined && { cert: readNow(certFile) }),
      ...(keyFile !== undefined && { key: readNow(keyFile) }),
    };
    const wrong = this.#wrongWith(this.#current);
    if (wrong !== undefined) throw new TlsFilesError(wrong);
    this.#warnIfExpired();
    this.#lookLater();
  }

  /** For a secure context. */
  get context(): SecureContextOptions {
    const { ca, cert, key } = this.#current;
    return { ca, ...(cert && { cert }), ...(key && { key }) };
  }

  /** Calls back after each change, until the returned function is called. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Looks at the files no longer. What was read goes on. */
  close(): void {
    this.#over = true;
  }

  #lookLater(): void {
    const { clock, everyMs } = this.#options;
    clock.setTimeout(() => {
      if (!this.#over) void this.#look().finally(() => this.#lookLater());
    }, everyMs);
  }

  async #look(): Promise<void> {
    const { caFile, certFile, keyFile, log } = this.#options;
    try {
      const [ca, cert, key] = await Promise.all([
        readFile(caFile),
        certFile === undefined ? undefined : readFile(certFile),
        keyFile === undefined ? undefined : readFile(keyFile),
      ]);
      if (this.#over) return;
      const found = { ca, ...(cert && { cert }), ...(key && { key }) };
      if (same(found, this.#current)) {
        this.#trouble = undefined;
        return;
      }
      const wrong = this.#wrongWith(found);
      if (wrong !== undefined) return this.#tellTrouble(wrong);
      this.#current = found;
      this.#trouble = undefined;
      log.log(`TLS: took up the changed files${cert ? `: ${describe(cert)}` : ''}`);
      this.#warnIfExpired();
      for (const listener of this.#listeners) listener();
    } catch (error) {
      this.#tellTrouble((error as Error).message);
    }
  }

  #tellTrouble(wrong: string): void {
    if (this.#trouble !== wrong) this.#options.log.warn(`TLS: the certificates stay as they were: ${wrong}`);
    this.#trouble = wrong;
  }

  /** What keeps these from being used, in words. */
  #wrongWith({ ca, cert, key }: Contents): string | undefined {
    const { caFile, certFile, keyFile } = this.#options;
    let file = caFile;
    try {
      // Throws over a file without any certificate, which would be taken for "trust nobody", silently.
      describe(ca);
      if (cert && key) {
        file = certFile!;
        const certificate = new X509Certificate(cert);
        file = keyFile!;
        if (!certificate.checkPrivateKey(createPrivateKey(key)))
          return `${keyFile} is not the key of ${certFile}`;
      }
      createSecureContext({ ca, ...(cert && { cert }), ...(key && { key }) });
      return undefined;
    } catch (error) {
      return `${file} cannot be used: ${(error as Error).message}`;
    }
  }

  #warnIfExpired(): void {
    const { cert } = this.#current;
    const { certFile, clock, log } = this.#options;
    if (cert && Date.parse(new X509Certificate(cert).validTo) < clock.now())
      log.warn(`TLS: ${certFile} has expired, everybody will refuse this process: ${describe(cert)}`);
  }
}

function readNow(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (cause) {
    throw new TlsFilesError(`cannot read a TLS file: ${(cause as Error).message}`, { cause });
  }
}

function same(a: Contents, b: Contents): boolean {
  const equal = (x: Buffer | undefined, y: Buffer | undefined) => (x && y ? x.equals(y) : x === y);
  return equal(a.ca, b.ca) && equal(a.cert, b.cert) && equal(a.key, b.key);
}

function describe(cert: Buffer): string {
  const { subjectAltName, validTo } = new X509Certificate(cert);
  return `${subjectAltName ?? 'no names'}, valid until ${validTo}`;
}
