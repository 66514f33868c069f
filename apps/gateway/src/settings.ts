import { hkdfSync } from 'node:crypto';
import { registryUrlProblem } from '@seckill/registry';
import { tlsFilesOf, tlsVariables } from '@seckill/tls';
import { topologyVariables } from '@seckill/topology';
import { rocketMqAccessOf, rocketMqVariables } from '@seckill/messaging';
import { checkedUrl, count, milliseconds, port, readSettings } from '@seckill/runtime';
import { z } from 'zod';
import { publicKey, secretKey, type TokenKey } from './token/token-key.js';

/** Minimum length of LOCATION_SECRET, in bytes. */
const MIN_LOCATION_SECRET_BYTES = 16;

const schema = z
  .object({
    /** Port for buyers. */
    HTTP_PORT: port(3000),
    /** Port for outcomes from seckill-service. */
    GRPC_PORT: port(4000),
    /** The host under which other processes reach this one. */
    ADVERTISED_HOST: z.string().default('127.0.0.1'),
    /** The port under which they do, if a port mapping or a proxy is in between. GRPC_PORT if not set. */
    ADVERTISED_PORT: port(0),
    ...rocketMqVariables,
    ...tlsVariables,
    ...topologyVariables,
    REGISTRY_URL: checkedUrl('etcd://host:2379', registryUrlProblem),
    JWT_SECRET: z.string().optional(),
    JWT_PUBLIC_KEY: z.string().optional(),
    LOCATION_SECRET: z.string().optional(),
    /** How long a buyer is held without a preference. */
    WAIT_MS: milliseconds(2_000),
    /** The longest wait of a buyer. */
    MAX_WAIT_MS: milliseconds(10_000),
    /** How long a request may be decided after it was accepted. */
    DECIDE_WITHIN_MS: milliseconds(60_000),
    /** Most buyers held at once; one more gets 503. */
    MAX_WAITING: count(20_000),
    BODY_LIMIT_BYTES: count(4_096),
    /** Most purchases in one message. */
    ENVELOPE_REQUESTS: count(256),
    /** Messages in flight at once; more only make them smaller. */
    ENVELOPE_FLIGHTS: count(1),
  })
  .transform((env, context) => {
    const wrong = (variable: keyof typeof env, message: string) =>
      context.addIssue({ code: 'custom', path: [variable], message });
    if (env.WAIT_MS > env.MAX_WAIT_MS) wrong('WAIT_MS', 'at most MAX_WAIT_MS');
    if (env.DECIDE_WITHIN_MS <= env.MAX_WAIT_MS)
      wrong('DECIDE_WITHIN_MS', 'more than MAX_WAIT_MS, or buyers would wait past the deadline');
    const tokenKey = readTokenKey(env, wrong);
    const locationKey = readLocationKey(env, wrong);
    if (!tokenKey || !locationKey) return z.NEVER;
    return {
      ...env,
      rocketmq: rocketMqAccessOf(env, context),
      tls: tlsFilesOf(env, context),
      tokenKey,
      locationKey,
    };
  });

/** The gateway's settings. */
export type Settings = z.output<typeof schema>;

/** Reads the environment. @throws SettingsError with what to set */
export const settingsFrom = (environment: NodeJS.ProcessEnv): Settings => readSettings(schema, environment);

type Variable = 'JWT_SECRET' | 'JWT_PUBLIC_KEY' | 'LOCATION_SECRET';
type Secrets = Partial<Record<Variable, string | undefined>>;
type Wrong = (variable: Variable, message: string) => void;

function readTokenKey({ JWT_SECRET, JWT_PUBLIC_KEY }: Secrets, wrong: Wrong): TokenKey | undefined {
  if (JWT_SECRET !== undefined && JWT_PUBLIC_KEY !== undefined) {
    wrong('JWT_SECRET', 'this or JWT_PUBLIC_KEY, not both: tokens are verified by one key');
    return undefined;
  }
  const variable = JWT_PUBLIC_KEY === undefined ? 'JWT_SECRET' : 'JWT_PUBLIC_KEY';
  try {
    if (JWT_PUBLIC_KEY !== undefined) return publicKey(JWT_PUBLIC_KEY);
    if (JWT_SECRET !== undefined) return secretKey(JWT_SECRET);
    wrong(variable, 'a secret for HS256 tokens, or set JWT_PUBLIC_KEY: a public key in PEM');
  } catch (error) {
    wrong(variable, (error as Error).message);
  }
  return undefined;
}

/**
 * The key that signs Locations, the same on every gateway. Without one of its own it is derived from JWT_SECRET by
 * HKDF (RFC 5869), so that neither key says anything about the other. A public key is no secret to derive from.
 */
function readLocationKey({ JWT_SECRET, LOCATION_SECRET }: Secrets, wrong: Wrong): Buffer | undefined {
  if (LOCATION_SECRET !== undefined && Buffer.byteLength(LOCATION_SECRET) < MIN_LOCATION_SECRET_BYTES) {
    wrong(
      'LOCATION_SECRET',
      `a secret of at least ${MIN_LOCATION_SECRET_BYTES} bytes, the same on every gateway`,
    );
    return undefined;
  }
  const secret = LOCATION_SECRET ?? JWT_SECRET;
  if (secret !== undefined) return Buffer.from(hkdfSync('sha256', secret, '', 'seckill/location', 32));
  wrong(
    'LOCATION_SECRET',
    'a secret that all gateways share; without JWT_SECRET it is needed to sign Locations',
  );
  return undefined;
}
