import { murmur3 } from './murmur3.js';

/**
 * 64 well-mixed bits of a string, the same in every process and release: the first half of MurmurHash3_x86_128 over
 * its UTF-8 bytes, seed 0. For `jump` and for anything else that spreads keys.
 *
 * @returns an unsigned 64-bit integer
 */
export function hash64(key: string): bigint {
  const [high, low] = murmur3(Buffer.from(key));
  return (BigInt(high) << 32n) | BigInt(low);
}
