import type { Clock } from '@seckill/clock';
import type { Log } from '@seckill/log';

/** One who is refused comes back every second: after the first line there is one in so many ms. */
const QUIET_MS = 10_000;

/** Most (who, why) that are remembered at once; beyond it they are forgotten and told anew. */
const MAX_KNOWN = 1_000;

/** Tells each refusal: the first of a kind and peer at once, its repetitions in sum. */
export class Refusals {
  readonly #known = new Map<string, { toldAt: number; since: number }>();

  constructor(
    private readonly log: Log,
    private readonly clock: Clock,
  ) {}

  /** @param who a peer without its port, which is a new one each time */
  tell(who: string, why: string): void {
    const line = `TLS: refused ${who}: ${why}`;
    const known = this.#known.get(line);
    const now = this.clock.now();
    if (known && Math.abs(now - known.toldAt) < QUIET_MS) {
      known.since++;
      return;
    }
    this.log.warn(known && known.since > 0 ? `${line} (and ${known.since} times since the last line)` : line);
    if (this.#known.size >= MAX_KNOWN) this.#known.clear();
    this.#known.set(line, { toldAt: now, since: 0 });
  }
}

/** What OpenSSL says of a chain (X509_V_ERR_*, as Node names them) that leads to no authority of ours. */
const WRONG_CA = new Set([
  'CERT_SIGNATURE_FAILURE',
  'CERT_UNTRUSTED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
]);

/** Why a certificate was refused, in words; undefined when the code is not about the certificate. */
export function whyRefused(code: string | undefined): string | undefined {
  if (code === undefined) return undefined;
  if (WRONG_CA.has(code)) return `wrong CA (${code})`;
  if (code === 'CERT_HAS_EXPIRED') return 'its certificate has expired';
  if (code === 'CERT_NOT_YET_VALID') return 'its certificate is not valid yet';
  if (code === 'ERR_SSL_WRONG_VERSION_NUMBER' || code === 'ERR_SSL_HTTP_REQUEST') return 'it speaks no TLS';
  // An alert is the other end's refusal, and told there.
  return /^(CERT|CRL|INVALID|PATH|ERR_SSL)_(?!.*ALERT)/.test(code) ? code : undefined;
}
