import { createHmac, generateKeyPairSync, type KeyPairKeyObjectResult } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { createSigner, type Algorithm } from 'fast-jwt';
import { ProblemError } from '../http/problem.js';
import { publicKey, secretKey, weaknessOf } from './token-key.js';
import { TokenVerifier } from './token-verifier.js';

const SECRET = 'a secret that only tests know, 32 bytes';
const rsa = asPem(generateKeyPairSync('rsa', { modulusLength: 2048 }));

/** Both keys as text. */
function asPem({ publicKey, privateKey }: KeyPairKeyObjectResult): { publicKey: string; privateKey: string } {
  return {
    publicKey: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}

const sign = (claims: object, key: string = SECRET, algorithm: Algorithm = 'HS256') =>
  `Bearer ${createSigner({ key, algorithm })(claims as Record<string, unknown>)}`;

/** A token whose parts are what they are said to be, signed or not. */
const forge = (header: object, claims: object, signature = '') =>
  `Bearer ${[header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')}.${signature}`;

const hmac = (key: string, text: string) => createHmac('sha256', key).update(text).digest('base64url');

/** The library refuses to sign it. */
function numericSub(): string {
  const unsigned = forge({ alg: 'HS256' }, { sub: 7 }).slice('Bearer '.length, -1);
  return `Bearer ${unsigned}.${hmac(SECRET, unsigned)}`;
}

/** The challenge of the 401 that a header is refused with. */
function challengeFor(verifier: TokenVerifier, authorization: string | undefined): string {
  try {
    verifier.verify(authorization);
  } catch (error) {
    if (error instanceof ProblemError && error.problem === 'unauthorized')
      return error.headers['www-authenticate']!;
    throw error;
  }
  throw new Error('it was taken');
}

describe('TokenVerifier', () => {
  const verifier = new TokenVerifier(secretKey(SECRET));
  const now = Math.floor(Date.now() / 1_000);

  it('takes the user from sub, and the scope', () => {
    expect(verifier.verify(sign({ sub: 'alice' }))).toEqual({ userId: 'alice', scope: '' });
    expect(verifier.verify(sign({ sub: '愛'.repeat(128), scope: 'a b' }))).toEqual({
      userId: '愛'.repeat(128),
      scope: 'a b',
    });
    expect(verifier.verify(sign({ sub: 'alice', exp: now + 60 })).userId).toBe('alice');
    expect(verifier.verify(sign({ sub: 'alice' }).replace('Bearer', 'bearer')).userId).toBe('alice');
  });

  it('asks for a token when there is none', () => {
    expect(challengeFor(verifier, undefined)).toBe('Bearer realm="seckill"');
  });

  it.each([
    ['that has expired', sign({ sub: 'alice', exp: now - 1 })],
    ['that is not valid yet', sign({ sub: 'alice', nbf: now + 60 })],
    ['of another secret', sign({ sub: 'alice' }, `${SECRET}!`)],
    ['of another algorithm', sign({ sub: 'alice' }, SECRET, 'HS512')],
    ['without a signature (alg=none)', forge({ alg: 'none', typ: 'JWT' }, { sub: 'alice' })],
    ['with alg=None', forge({ alg: 'None' }, { sub: 'alice' })],
    ['whose signature was cut off', sign({ sub: 'alice' }).replace(/[^.]+$/, '')],
    [
      'whose claims were changed',
      sign({ sub: 'alice' }).replace(/\.[^.]+\./, `.${Buffer.from('{"sub":"bob"}').toString('base64url')}.`),
    ],
    [
      'that asks for an unknown extension',
      sign({ sub: 'alice' }).replace(
        / [^.]+/,
        ` ${Buffer.from('{"alg":"HS256","crit":["x"]}').toString('base64url')}`,
      ),
    ],
    ['that is none', 'Bearer abc'],
    ['that is empty', 'Bearer '],
    ['of another scheme', 'Basic YTpi'],
    ['without sub', sign({ scope: 'sales:admin' })],
    ['whose sub is empty', sign({ sub: '' })],
    ['whose sub is no text', numericSub()],
    ['whose sub is too long', sign({ sub: 'x'.repeat(129) })],
    ['whose sub has a line break', sign({ sub: 'a\nb' })],
    ['whose sub has a NUL', sign({ sub: 'a\0' })],
    ['whose sub is half a character', sign({ sub: 'a\ud800' })],
  ])('refuses a token %s', (_, authorization) => {
    expect(challengeFor(verifier, authorization)).toMatch('error="invalid_token"');
  });

  it('refuses an HS256 token that was signed with the public key of RS256', () => {
    const confused = new TokenVerifier(publicKey(rsa.publicKey));
    const header = Buffer.from('{"alg":"HS256"}').toString('base64url');
    const claims = Buffer.from('{"sub":"alice"}').toString('base64url');
    expect(confused.verify(sign({ sub: 'alice' }, rsa.privateKey, 'RS256')).userId).toBe('alice');
    for (const key of [rsa.publicKey, rsa.publicKey.trim()]) {
      const signature = hmac(key, `${header}.${claims}`);
      expect(challengeFor(confused, `Bearer ${header}.${claims}.${signature}`)).toMatch('invalid_token');
    }
  });

  it('is warned about a secret that is too short', () => {
    expect(weaknessOf(secretKey('x'.repeat(31)))).toMatch('32 bytes');
    expect(weaknessOf(secretKey('x'.repeat(32)))).toBeUndefined();
    expect(weaknessOf(publicKey(rsa.publicKey))).toBeUndefined();
  });

  it('refuses an RS256 token where a secret is expected', () => {
    expect(challengeFor(verifier, sign({ sub: 'alice' }, rsa.privateKey, 'RS256'))).toMatch('invalid_token');
  });

  it.each([
    ['RS256', rsa],
    ['ES256', asPem(generateKeyPairSync('ec', { namedCurve: 'P-256' }))],
    ['ES384', asPem(generateKeyPairSync('ec', { namedCurve: 'P-384' }))],
    ['EdDSA', asPem(generateKeyPairSync('ed25519'))],
  ] as const)('takes %s for the public key of that kind, in one line or several', (algorithm, pair) => {
    const key = publicKey(pair.publicKey.replaceAll('\n', '\\n'));
    expect(key.algorithm).toBe(algorithm);
    expect(new TokenVerifier(key).verify(sign({ sub: 'alice' }, pair.privateKey, algorithm)).userId).toBe(
      'alice',
    );
  });
});
