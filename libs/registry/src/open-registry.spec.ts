import { describe, expect, it } from '@jest/globals';
import { InvalidRegistryUrlError, UnsupportedRegistryError } from './errors.js';
import { parseEtcdUrl } from './etcd-url.js';
import { openRegistry, registryUrlProblem } from './open-registry.js';

describe('the URL of a registry', () => {
  it.each(['redis://localhost', 'localhost:5432', 'http://localhost:2379', ''])(
    'is refused when no adapter supports it: %s',
    async (url) => {
      await expect(openRegistry(url)).rejects.toThrow(UnsupportedRegistryError);
      expect(registryUrlProblem(url)).toMatch(/use postgres:\/\/.* or etcd:\/\/host:2379\.$/);
    },
  );

  it.each([
    ['etcd://', '"" is not host:port'],
    ['etcd://host', '"host" is not host:port'],
    ['etcd://a:2379,', '"" is not host:port'],
    ['etcd://a:2379,b:0', '"b:0" is not host:port'],
    ['etcd://a:99999', '"a:99999" is not host:port'],
    ['etcd://user:Geheim@a:2379', 'a password is not supported'],
    ['etcd://a:2379?ssl=1', 'unknown option "ssl"'],
    ['etcd://a:2379?cert=/c', 'cert and key must be set together'],
    ['etcd://a:2379?ca=/no/such/file', 'ca cannot be read'],
    ['postgres://host:99999/registry', 'postgres://user:password@host:5432/database'],
  ])('is refused in one line when it is malformed: %s', async (url, problem) => {
    expect(registryUrlProblem(url)).toContain(problem);
    expect(registryUrlProblem(url)).toMatch(/^[^\n]*$/);
    expect(registryUrlProblem(url)).not.toContain('Geheim');
    await expect(openRegistry(url)).rejects.toThrow(InvalidRegistryUrlError);
  });

  it.each(['postgres://localhost/registry', 'postgresql://u:p@h:5432/r?sslmode=require', 'etcd://a:2379'])(
    'is accepted: %s',
    (url) => expect(registryUrlProblem(url)).toBeUndefined(),
  );

  it('names hosts, a prefix and TLS of etcd', () => {
    expect(parseEtcdUrl('etcd://etcd:2379')).toEqual({ hosts: ['etcd:2379'], prefix: 'seckill/registry' });
    expect(parseEtcdUrl('etcd://10.0.0.1:2379,[::1]:2380/shops/one/?tls')).toEqual({
      hosts: ['10.0.0.1:2379', '[::1]:2380'],
      prefix: 'shops/one',
      tls: {},
    });
    const file = import.meta.filename ?? new URL(import.meta.url).pathname;
    const { tls } = parseEtcdUrl(`etcd://a:2379?ca=${file}`);
    expect(tls?.ca?.toString()).toContain('names hosts, a prefix and TLS of etcd');
  });
});
