import { createVerifier, TokenError } from 'fast-jwt';
import { ProblemError } from '../http/problem.js';
import type { TokenKey } from './token-key.js';

/** The caller, as far as this gateway needs it. */
export interface Token {
  /** The `sub` claim. */
  userId: string;
  /** The `scope` claim: words separated by spaces. */
  scope: string;
}

/** 1–128 characters (code points), no control characters, nothing that UTF-8 cannot encode. */
const user = /^[^\p{Cc}\p{Cs}]{1,128}$/u;

const REALM = 'Bearer realm="seckill"';

/** 401 as RFC 6750, section 3, asks. */
const unauthorized = (detail: string, challenge = REALM) =>
  new ProblemError('unauthorized', detail, {}, { 'www-authenticate': challenge });

const invalidToken = (detail: string) =>
  unauthorized(detail, `${REALM}, error="invalid_token", error_description="${detail}"`);

/**
 * Verifies bearer tokens: signature by the one pinned algorithm, `exp` and `nbf` where given, and a usable `sub`.
 * Nothing is cached: a token that has expired is refused from that moment on.
 */
export class TokenVerifier {
  readonly #verify: (token: string) => unknown;

  constructor({ algorithm, key }: TokenKey) {
    this.#verify = createVerifier({ algorithms: [algorithm], key, cache: false });
  }

  /**
   * @param authorization the header
   * @throws ProblemError 401
   */
  verify(authorization: string | undefined): Token {
    if (authorization === undefined) throw unauthorized('a token is required');
    const [, token] = /^bearer +([\w.~+/-]+=*) *$/i.exec(authorization) ?? [];
    if (token === undefined) throw invalidToken('the Authorization header is not Bearer <JWT>');
    const claims = this.#claims(token);
    const { sub, scope } = claims as { sub?: unknown; scope?: unknown };
    if (typeof sub !== 'string' || !user.test(sub))
      throw invalidToken('sub must be 1-128 characters without control characters');
    return { userId: sub, scope: typeof scope === 'string' ? scope : '' };
  }

  #claims(token: string): object {
    let claims: unknown;
    try {
      claims = this.#verify(token);
    } catch (error) {
      if (!(error instanceof TokenError)) throw error;
      const expired = error.code === TokenError.codes.expired;
      throw invalidToken(expired ? 'the token has expired' : 'the token is not valid');
    }
    if (typeof claims !== 'object' || claims === null) throw invalidToken('the token is not valid');
    return claims;
  }
}
