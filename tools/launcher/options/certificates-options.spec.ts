import { describe, expect, it } from '@jest/globals';
import { parseCertificatesOptions } from './certificates-options.js';

describe('parseCertificatesOptions', () => {
  it('makes them for thirty days when nothing is said', () => {
    expect(parseCertificatesOptions([])).toEqual({
      validMs: 30 * 86_400_000,
      hosts: undefined,
      trustDomain: 'seckill',
      newAuthority: false,
      dataDir: '.data',
    });
  });

  it('takes every option', () => {
    const args = '--expires 1h --host a --host b --trust-domain test --new-authority --data /tmp/x'.split(
      ' ',
    );
    expect(parseCertificatesOptions(args)).toEqual({
      validMs: 3_600_000,
      hosts: ['a', 'b'],
      trustDomain: 'test',
      newAuthority: true,
      dataDir: '/tmp/x',
    });
  });

  it('says what to write instead', () => {
    expect(() => parseCertificatesOptions(['now'])).toThrow('Unexpected argument "now"');
    expect(() => parseCertificatesOptions(['--expires', 'never'])).toThrow('--expires takes a time like');
  });
});
