import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { rocketMqAccessOf, rocketMqVariables } from './settings.js';

const schema = z.object(rocketMqVariables).transform(rocketMqAccessOf);
const read = (more: Record<string, string>) =>
  schema.parse({ ROCKETMQ_ENDPOINTS: '127.0.0.1:8081', ...more });
const keys = { ROCKETMQ_ACCESS_KEY: 'gateway', ROCKETMQ_SECRET_KEY: 'secret' };

describe('the settings of the connection to RocketMQ', () => {
  it('default to plain text without a user', () => {
    expect(read({})).toEqual({ endpoints: '127.0.0.1:8081', tls: false });
  });

  it('name an access key and an authority', () => {
    expect(read({ ...keys, ROCKETMQ_TLS: 'true', ROCKETMQ_CA_FILE: '/ca.pem' })).toEqual({
      endpoints: '127.0.0.1:8081',
      credentials: { accessKey: 'gateway', accessSecret: 'secret' },
      tls: true,
      caFile: '/ca.pem',
    });
  });

  it.each([
    ['half a key', { ROCKETMQ_TLS: 'true', ROCKETMQ_ACCESS_KEY: 'gateway' }, 'ROCKETMQ_SECRET_KEY'],
    ['the other half', { ROCKETMQ_TLS: 'true', ROCKETMQ_SECRET_KEY: 'secret' }, 'ROCKETMQ_ACCESS_KEY'],
    ['a key without TLS', keys, 'ROCKETMQ_TLS'],
    ['an authority without TLS', { ROCKETMQ_CA_FILE: '/ca.pem' }, 'ROCKETMQ_TLS'],
    ['neither true nor false', { ROCKETMQ_TLS: 'yes' }, 'ROCKETMQ_TLS'],
  ])('refuse %s, and name what to set', (_, settings, variable) => {
    expect(() => read(settings)).toThrow(variable);
  });
});
