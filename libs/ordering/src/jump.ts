import { hash64 } from './hash64.js';

/**
 * Jump consistent hash: Lamping and Veach, "A Fast, Minimal Memory, Consistent Hash Algorithm", 2014,
 * https://arxiv.org/abs/1406.2294. Going from n to n + 1 buckets moves one key in n + 1, and only to the new bucket.
 * Only the last bucket can be removed: for members that join and leave by name, see `Rendezvous`.
 *
 * @param key 64 bits, well mixed (`hash64`); taken modulo 2^64
 * @param buckets how many, from 1 to 2^31 − 1
 * @returns the bucket, counted from 0
 * @throws RangeError when `buckets` is out of this range
 */
export function jump(key: bigint, buckets: number): number {
  if (!Number.isInteger(buckets) || buckets < 1 || buckets > 0x7fffffff)
    throw new RangeError(`Cannot spread keys over ${buckets} buckets: pass an integer from 1 to 2^31 - 1.`);
  let state = BigInt.asUintN(64, key);
  let bucket = 0;
  for (let next = 0; next < buckets;) {
    bucket = next;
    state = BigInt.asUintN(64, state * 2862933555777941757n + 1n);
    next = Math.floor((bucket + 1) * (0x80000000 / (Number(state >> 33n) + 1)));
  }
  return bucket;
}

/**
 * The lane that carries an ordering key. One key stays in one lane; adding lanes moves as few keys as possible.
 *
 * @param lanes how many there are, from 1
 * @returns the lane, counted from 0
 * @throws RangeError when `lanes` is not a positive integer
 */
export function laneOf(key: string, lanes: number): number {
  return jump(hash64(key), lanes);
}
