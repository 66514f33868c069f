import type { Clock } from '@seckill/clock';
import type { Log } from '@seckill/log';

/** A refused peer reconnects every second: its refusals are logged at most once in this many ms. */
const QUIET_MS = 10_000;

/** Most refusals, by peer and reason, whose repetitions are counted. Beyond it all counts start again. */
const MAX_KNOWN = 1_000;

/** Logs refusals: the first one of a peer and reason at once, repetitions as a count every ten seconds. */
export class Refusals {
  readonly #log: Log;
  readonly #clock: Clock;
  readonly #known = new Map<string, { loggedAt: number; since: number }>();

  constructor(log: Log, clock: Clock) {
    this.#log = log;
    this.#clock = clock;
  }

  /** @param peer without its port, which differs for each connection */
  log(peer: string, reason: string): void {
    const line = `TLS: refused ${peer}: ${reason}`;
    const known = this.#known.get(line);
    const now = this.#clock.now();
    if (known && Math.abs(now - known.loggedAt) < QUIET_MS) {
      known.since++;
      return;
    }
    this.#log.warn(
      known && known.since > 0 ? `${line} (repeated ${known.since} times since the last line)` : line,
    );
    if (this.#known.size >= MAX_KNOWN) this.#known.clear();
    this.#known.set(line, { loggedAt: now, since: 0 });
  }
}

/** OpenSSL's codes (X509_V_ERR_*, as Node names them) for a chain that leads to no trusted authority. */
const WRONG_CA = new Set([
  'CERT_SIGNATURE_FAILURE',
  'CERT_UNTRUSTED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
]);

/** Why a peer was refused, in words; undefined when the code is not about its certificate. */
export function refusalReason(code: string | undefined): string | undefined {
  if (code === undefined) return undefined;
  if (WRONG_CA.has(code)) return `wrong CA (${code})`;
  if (code === 'CERT_HAS_EXPIRED') return 'its certificate has expired';
  if (code === 'CERT_NOT_YET_VALID') return 'its certificate is not valid yet';
  if (code === 'ERR_SSL_WRONG_VERSION_NUMBER' || code === 'ERR_SSL_HTTP_REQUEST')
    return 'not a TLS connection';
  // An alert means that the other end has refused this one, and logs that itself.
  return /^(CERT|CRL|INVALID|PATH|ERR_SSL)_(?!.*ALERT)/.test(code) ? code : undefined;
}
