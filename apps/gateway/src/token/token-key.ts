import { createPublicKey, type KeyObject } from 'node:crypto';
import type { Algorithm } from 'fast-jwt';

/** A key and the only algorithm that it is used with. The pinned algorithm prevents alg=none and RS/HS confusion. */
export interface TokenKey {
  algorithm: Algorithm;
  key: string;
}

/** Minimum length of JWT_SECRET, in bytes. */
const MIN_SECRET_BYTES = 16;
/** RFC 7518, section 3.2: an HS256 key has at least 256 bits. */
const RECOMMENDED_SECRET_BYTES = 32;

/** A warning for the operator about a key that is accepted nevertheless. */
export function weaknessOf({ algorithm, key }: TokenKey): string | undefined {
  return algorithm === 'HS256' && Buffer.byteLength(key) < RECOMMENDED_SECRET_BYTES
    ? `JWT_SECRET has less than ${RECOMMENDED_SECRET_BYTES} bytes, which RFC 7518 asks for with HS256`
    : undefined;
}

/** A shared secret, for HS256. @throws Error with what to set instead */
export function secretKey(secret: string): TokenKey {
  if (Buffer.byteLength(secret) < MIN_SECRET_BYTES)
    throw new Error(`a secret of at least ${MIN_SECRET_BYTES} bytes, better ${RECOMMENDED_SECRET_BYTES}`);
  if (secret.includes('-----BEGIN'))
    throw new Error('a secret, not a key in PEM; that goes to JWT_PUBLIC_KEY');
  return { algorithm: 'HS256', key: secret };
}

/**
 * A public key in PEM. Its type decides the algorithm: RS256, ES256, ES384, ES512 or EdDSA.
 * @param pem may contain \n for line breaks, as environment variables often do
 * @throws Error with what to set instead
 */
export function publicKey(pem: string): TokenKey {
  const text = pem.replaceAll('\\n', '\n');
  if (!text.includes('-----BEGIN PUBLIC KEY-----')) throw new Error('a public key in PEM (SPKI)');
  let key: KeyObject;
  try {
    key = createPublicKey(text);
  } catch {
    throw new Error('a public key in PEM (SPKI); this one cannot be read');
  }
  return { algorithm: algorithmOf(key), key: text };
}

function algorithmOf(key: KeyObject): Algorithm {
  const { modulusLength = 0, namedCurve = '' } = key.asymmetricKeyDetails ?? {};
  if (key.asymmetricKeyType === 'rsa' && modulusLength >= 2048) return 'RS256';
  if (key.asymmetricKeyType === 'ed25519') return 'EdDSA';
  const curve = { prime256v1: 'ES256', secp384r1: 'ES384', secp521r1: 'ES512' } as const;
  if (key.asymmetricKeyType === 'ec' && namedCurve in curve) return curve[namedCurve as keyof typeof curve];
  throw new Error('a public key of RSA (2048 bits or more), P-256, P-384, P-521 or Ed25519');
}
