import { X509Certificate, createPrivateKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createSecureContext, type SecureContextOptions } from 'node:tls';
import { systemClock, type Clock } from '@seckill/clock';
import type { Log } from '@seckill/log';
import { TlsFilesError } from './errors.js';

/** The files, and how they are watched. */
export interface CertificateFilesOptions {
  caFile: string;
  /** With keyFile, or neither. */
  certFile?: string;
  keyFile?: string;
  /** How often they are read again, in ms. fs.watch would miss how Kubernetes swaps a link above them. @default 5000 */
  everyMs?: number;
  log: Log;
  /** @default systemClock */
  clock?: Clock;
}

interface Contents {
  ca: Buffer;
  cert?: Buffer;
  key?: Buffer;
}

/**
 * Certificates that follow their files on disk. Changed files are loaded together, and only when they are usable:
 * until then, such as between the writing of a certificate and of its key, the previous ones stay in use.
 */
export class CertificateFiles {
  readonly #options: Required<Omit<CertificateFilesOptions, 'certFile' | 'keyFile'>> &
    Pick<CertificateFilesOptions, 'certFile' | 'keyFile'>;
  readonly #listeners = new Set<() => void>();
  #current: Contents;
  #problem: string | undefined;
  #closed = false;

  /** @throws TlsFilesError when a file is missing or cannot be used */
  constructor(options: CertificateFilesOptions) {
    this.#options = { everyMs: 5_000, clock: systemClock, ...options };
    const { caFile, certFile, keyFile } = options;
    this.#current = {
      ca: readNow(caFile),
      ...(certFile !== undefined && { cert: readNow(certFile) }),
      ...(keyFile !== undefined && { key: readNow(keyFile) }),
    };
    const problem = this.#problemOf(this.#current);
    if (problem !== undefined) throw new TlsFilesError(problem);
    this.#warnIfExpired();
    this.#scheduleReload();
  }

  /** Options for a secure context. */
  get context(): SecureContextOptions {
    const { ca, cert, key } = this.#current;
    return { ca, ...(cert && { cert }), ...(key && { key }) };
  }

  /** Calls back after each change, until the returned function is called. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Stops reading the files. The certificates stay in use. */
  close(): void {
    this.#closed = true;
  }

  #scheduleReload(): void {
    const { clock, everyMs } = this.#options;
    clock.setTimeout(() => {
      if (!this.#closed) void this.#reload().finally(() => this.#scheduleReload());
    }, everyMs);
  }

  async #reload(): Promise<void> {
    const { caFile, certFile, keyFile, log } = this.#options;
    try {
      const [ca, cert, key] = await Promise.all([
        readFile(caFile),
        certFile === undefined ? undefined : readFile(certFile),
        keyFile === undefined ? undefined : readFile(keyFile),
      ]);
      if (this.#closed) return;
      const found = { ca, ...(cert && { cert }), ...(key && { key }) };
      if (same(found, this.#current)) {
        this.#problem = undefined;
        return;
      }
      const problem = this.#problemOf(found);
      if (problem !== undefined) return this.#warnOnce(problem);
      this.#current = found;
      this.#problem = undefined;
      log.log(`TLS: reloaded changed files${cert ? `: ${describe(cert)}` : ''}`);
      this.#warnIfExpired();
      for (const listener of this.#listeners) listener();
    } catch (error) {
      this.#warnOnce((error as Error).message);
    }
  }

  #warnOnce(problem: string): void {
    if (this.#problem !== problem)
      this.#options.log.warn(`TLS: changed files not loaded, keeping the previous ones: ${problem}`);
    this.#problem = problem;
  }

  /** Why these cannot be used; undefined when they can. */
  #problemOf({ ca, cert, key }: Contents): string | undefined {
    const { caFile, certFile, keyFile } = this.#options;
    let file = caFile;
    try {
      // Throws for a file without a certificate, which would otherwise silently mean that no certificate is trusted.
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
      log.warn(`TLS: ${certFile} has expired, other processes will refuse this one: ${describe(cert)}`);
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
