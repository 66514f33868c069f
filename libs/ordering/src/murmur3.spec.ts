import { describe, expect, it } from '@jest/globals';
import { murmur3 } from './murmur3.js';

describe('murmur3', () => {
  it('gives the published hashes', () => {
    // https://github.com/PeterScott/murmur3/blob/master/test.c
    const hex = (text: string, seed: number) =>
      murmur3(Buffer.from(text), seed)
        .map((word) => word.toString(16).padStart(8, '0'))
        .join('');
    expect(hex('Hello, world!', 123)).toBe('61c9129e5a1aacd7a41621629e37c886');
    expect(hex('Hello, world!', 321)).toBe('d5fbdcb3c26c4193045880c5a7170f0f');
    expect(hex('x'.repeat(28), 123)).toBe('5e40bab278825a164cf929d31fec6047');
    expect(hex('', 123)).toBe('fedc524526f3e79926f3e79926f3e799');
  });

  it('passes the verification of SMHasher, which covers all lengths from 0 to 255', () => {
    // VerificationTest in KeysetTest.cpp and the value of "Murmur3C" in main.cpp, https://github.com/aappleby/smhasher
    const littleEndian = (words: number[]) => Buffer.from(Uint32Array.from(words).buffer);
    const hashes: Buffer[] = [];
    for (let length = 0; length < 256; length++) {
      const key = Uint8Array.from({ length }, (_, i) => i);
      hashes.push(littleEndian(murmur3(key, 256 - length)));
    }
    expect(murmur3(Buffer.concat(hashes))[0]).toBe(0xb3ece62a);
  });
});
