/** The four 32-bit words of a hash, unsigned, in the order in which the reference implementation prints them. */
export type Words = [h1: number, h2: number, h3: number, h4: number];

const C1 = 0x239b961b;
const C2 = 0xab0e9789;
const C3 = 0x38b34ae5;
const C4 = 0xa1e38b93;

/**
 * MurmurHash3_x86_128 by Austin Appleby (public domain,
 * https://github.com/aappleby/smhasher/blob/master/src/MurmurHash3.cpp).
 *
 * Chosen because it needs only 32-bit multiplications, which are fast in JavaScript, and because two inputs of the same
 * length up to 16 bytes never collide in all 128 bits. It does not protect against keys made to collide.
 *
 * @param seed 32 bits
 */
export function murmur3(bytes: Uint8Array, seed = 0): Words {
  let h1 = seed;
  let h2 = seed;
  let h3 = seed;
  let h4 = seed;

  const body = bytes.length & ~15;
  for (let i = 0; i < body; i += 16) {
    h1 = absorb(h1 ^ scramble(word(bytes, i), C1, 15, C2), 19, h2, 0x561ccd1b);
    h2 = absorb(h2 ^ scramble(word(bytes, i + 4), C2, 16, C3), 17, h3, 0x0bcaa747);
    h3 = absorb(h3 ^ scramble(word(bytes, i + 8), C3, 17, C4), 15, h4, 0x96cd1c35);
    h4 = absorb(h4 ^ scramble(word(bytes, i + 12), C4, 18, C1), 13, h1, 0x32ac3b17);
  }

  // Zeros scramble to zero, so the tail can be read as if it were padded with zeros.
  h1 ^= scramble(word(bytes, body), C1, 15, C2) ^ bytes.length;
  h2 ^= scramble(word(bytes, body + 4), C2, 16, C3) ^ bytes.length;
  h3 ^= scramble(word(bytes, body + 8), C3, 17, C4) ^ bytes.length;
  h4 ^= scramble(word(bytes, body + 12), C4, 18, C1) ^ bytes.length;

  h1 = (h1 + h2 + h3 + h4) | 0;
  h2 = finalMix(h2 + h1);
  h3 = finalMix(h3 + h1);
  h4 = finalMix(h4 + h1);
  h1 = (finalMix(h1) + h2 + h3 + h4) >>> 0;
  return [h1, (h2 + h1) >>> 0, (h3 + h1) >>> 0, (h4 + h1) >>> 0];
}

/** The 32-bit finalizer of MurmurHash3, a bijection: one flipped input bit flips each output bit half of the time. */
export function finalMix(h: number): number {
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

function absorb(h: number, bits: number, next: number, constant: number): number {
  return (Math.imul(rotate(h, bits) + next, 5) + constant) | 0;
}

function scramble(k: number, before: number, bits: number, after: number): number {
  return Math.imul(rotate(Math.imul(k, before), bits), after);
}

function rotate(x: number, bits: number): number {
  return (x << bits) | (x >>> (32 - bits));
}

/** Four bytes, the lowest first; those past the end are zero. */
function word(bytes: Uint8Array, at: number): number {
  if (at + 4 <= bytes.length)
    return bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
  let k = 0;
  for (let i = bytes.length - 1; i >= at; i--) k = (k << 8) | bytes[i]!;
  return k;
}
