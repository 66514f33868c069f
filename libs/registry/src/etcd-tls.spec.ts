import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import * as x509 from '@peculiar/x509';
import { until } from '@seckill/clock';
import { EtcdProcess, scratchDirectory } from '@seckill/embedded';
import { StoreUnreachableError } from './errors.js';
import { newInstanceId } from './instance.js';
import { openRegistry } from './open-registry.js';
import { describeWithEtcd } from './testing/describe-with-etcd.js';

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };

/** Writes NAME.pem and NAME.key: of an authority, or of a certificate for 127.0.0.1 that it issues. */
async function certify(directory: string, name: string, issuer?: Authority): Promise<Authority> {
  const crypto = webcrypto;
  const keys = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const certificate = await x509.X509CertificateGenerator.create(
    {
      subject: `CN=${name}`,
      issuer: issuer?.certificate.subject ?? `CN=${name}`,
      publicKey: keys.publicKey,
      signingKey: issuer?.keys.privateKey ?? keys.privateKey,
      signingAlgorithm: algorithm,
      notBefore: new Date(Date.now() - 3_600_000),
      notAfter: new Date(Date.now() + 3_600_000),
      extensions: [
        new x509.BasicConstraintsExtension(issuer === undefined, undefined, true),
        new x509.SubjectAlternativeNameExtension([{ type: 'ip', value: '127.0.0.1' }]),
        ...(issuer ? [new x509.ExtendedKeyUsageExtension(['1.3.6.1.5.5.7.3.1', '1.3.6.1.5.5.7.3.2'])] : []),
      ],
    },
    crypto,
  );
  const key = await crypto.subtle.exportKey('pkcs8', keys.privateKey);
  writeFileSync(join(directory, `${name}.pem`), certificate.toString('pem'));
  writeFileSync(join(directory, `${name}.key`), x509.PemConverter.encode(key, 'PRIVATE KEY'));
  return { certificate, keys };
}

interface Authority {
  certificate: x509.X509Certificate;
  keys: webcrypto.CryptoKeyPair;
}

describeWithEtcd('a registry on an etcd that asks for certificates', () => {
  const directory = scratchDirectory('registry-etcd-tls');
  const file = (name: string) => join(directory, name);
  let etcd: EtcdProcess;

  beforeAll(async () => {
    mkdirSync(directory, { recursive: true });
    x509.cryptoProvider.set(webcrypto);
    const authority = await certify(directory, 'authority');
    for (const name of ['etcd', 'app']) await certify(directory, name, authority);
    await certify(directory, 'stranger');
    etcd = await EtcdProcess.start({
      dataDir: file('data'),
      scheme: 'https',
      args: [
        `--cert-file=${file('etcd.pem')}`,
        `--key-file=${file('etcd.key')}`,
        `--trusted-ca-file=${file('authority.pem')}`,
        '--client-cert-auth',
      ],
    });
  }, 60_000);
  afterAll(async () => {
    await etcd?.stop();
    await rm(directory, { recursive: true, force: true });
  }, 30_000);

  it('is reached with a client certificate and the authority', async () => {
    const client = `cert=${file('app.pem')}&key=${file('app.key')}`;
    const registry = await openRegistry(`${etcd.registryUrl}?ca=${file('authority.pem')}&${client}`);
    try {
      const lease = await registry.register({
        id: newInstanceId('gateway'),
        role: 'gateway',
        address: 'a:1',
        startedAt: 1,
      });
      await until(() => registry.list('gateway').length === 1);
      expect(registry.list('gateway')).toEqual([lease.instance]);
    } finally {
      await registry.close();
    }
  }, 30_000);

  it.each([
    ['no TLS', () => ''],
    ['no client certificate', () => `?ca=${file('authority.pem')}`],
    ['the authorities of the machine', () => `?tls&cert=${file('app.pem')}&key=${file('app.key')}`],
    ['another authority', () => `?ca=${file('stranger.pem')}&cert=${file('app.pem')}&key=${file('app.key')}`],
  ])(
    'is not reached with %s',
    async (_, query) => {
      const registry = await openRegistry(etcd.registryUrl + query(), { timeoutMs: 1_000 });
      try {
        await expect(registry.lookup('stranger')).rejects.toThrow(StoreUnreachableError);
        expect(registry.reachable).toBe(false);
      } finally {
        await registry.close();
      }
    },
    30_000,
  );
});
