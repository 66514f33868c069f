import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { settingsFrom } from './settings.js';

const needed = { ROCKETMQ_ENDPOINTS: '127.0.0.1:8081', REGISTRY_URL: 'postgres://localhost/registry' };
const SECRET = 'a secret that only tests know, 32 bytes';
const read = (more: NodeJS.ProcessEnv) => settingsFrom({ ...needed, ...more });
const { publicKey: PUBLIC_KEY } = generateKeyPairSync('ed25519', {
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
});

describe('the settings of the gateway', () => {
  it('have defaults for all that can have one', () => {
    const { locationKey, ...settings } = read({ JWT_SECRET: SECRET });
    expect(locationKey).toHaveLength(32);
    expect(settings).toEqual({
      ...needed,
      HTTP_PORT: 3000,
      GRPC_PORT: 4000,
      ADVERTISED_HOST: '127.0.0.1',
      ADVERTISED_PORT: 0,
      ROCKETMQ_NAMESPACE: '',
      ROCKETMQ_TLS: 'false',
      rocketmq: { endpoints: '127.0.0.1:8081', tls: false },
      TLS_TRUST_DOMAIN: 'seckill',
      tls: undefined,
      JWT_SECRET: SECRET,
      tokenKey: { algorithm: 'HS256', key: SECRET },
      WAIT_MS: 2_000,
      MAX_WAIT_MS: 10_000,
      DECIDE_WITHIN_MS: 60_000,
      MAX_WAITING: 20_000,
      BODY_LIMIT_BYTES: 4_096,
      ENVELOPE_REQUESTS: 256,
      ENVELOPE_FLIGHTS: 1,
    });
  });

  it('sign Locations with the same key wherever the secret is the same, and never with the secret itself', () => {
    const key = (more: NodeJS.ProcessEnv) => read(more).locationKey.toString('hex');
    expect(key({ JWT_SECRET: SECRET })).toBe(key({ JWT_SECRET: SECRET }));
    expect(key({ JWT_SECRET: SECRET })).not.toBe(key({ JWT_SECRET: `${SECRET}!` }));
    expect(key({ JWT_SECRET: SECRET, LOCATION_SECRET: 'x'.repeat(32) })).toBe(
      key({ JWT_PUBLIC_KEY: PUBLIC_KEY, LOCATION_SECRET: 'x'.repeat(32) }),
    );
  });

  it.each([
    ['no key', {}, 'set JWT_SECRET: a secret for HS256 tokens, or set JWT_PUBLIC_KEY'],
    [
      'two keys',
      { JWT_SECRET: SECRET, JWT_PUBLIC_KEY: PUBLIC_KEY },
      'set JWT_SECRET: this or JWT_PUBLIC_KEY, not both',
    ],
    ['a short secret', { JWT_SECRET: 'short' }, 'set JWT_SECRET: a secret of at least 16 bytes'],
    ['a key as secret', { JWT_SECRET: PUBLIC_KEY }, 'set JWT_SECRET: a secret, not a key in PEM'],
    [
      'a secret as key',
      { JWT_PUBLIC_KEY: SECRET, LOCATION_SECRET: SECRET },
      'set JWT_PUBLIC_KEY: a public key in PEM',
    ],
    [
      'a broken key',
      { JWT_PUBLIC_KEY: PUBLIC_KEY.replace(/\n.{9}/, '\n'), LOCATION_SECRET: SECRET },
      'set JWT_PUBLIC_KEY: a public key in PEM',
    ],
    [
      'nothing to sign Locations with',
      { JWT_PUBLIC_KEY: PUBLIC_KEY },
      'set LOCATION_SECRET: a secret that all gateways share',
    ],
    [
      'a short Location secret',
      { JWT_SECRET: SECRET, LOCATION_SECRET: 'short' },
      'set LOCATION_SECRET: a secret of at least 16 bytes',
    ],
    ['a wait above its cap', { JWT_SECRET: SECRET, WAIT_MS: '20000' }, 'set WAIT_MS: at most MAX_WAIT_MS'],
    [
      'decisions due before waits end',
      { JWT_SECRET: SECRET, DECIDE_WITHIN_MS: '10000' },
      'set DECIDE_WITHIN_MS: more than MAX_WAIT_MS',
    ],
    [
      'no broker',
      { JWT_SECRET: SECRET, ROCKETMQ_ENDPOINTS: '' },
      "set ROCKETMQ_ENDPOINTS: host:port of RocketMQ's proxy",
    ],
    [
      'a registry elsewhere',
      { JWT_SECRET: SECRET, REGISTRY_URL: 'redis://x' },
      'set REGISTRY_URL: There is no registry for redis:',
    ],
    [
      'a registry of no host',
      { JWT_SECRET: SECRET, REGISTRY_URL: 'etcd://etcd' },
      'set REGISTRY_URL: The URL of the registry is wrong: "etcd" is not host:port',
    ],
  ])('refuse %s in one line', (_, environment, message) => {
    expect(() => read(environment)).toThrow(message);
    expect(() => read(environment)).toThrow(/^[^\n]*$/);
  });
});
