import { ChannelCredentials } from '@grpc/grpc-js';
import type { Log } from '@seckill/log';
import { trustedServer } from '@seckill/tls';
import { z } from 'zod';
import type { RocketMqConnection } from './connection.js';

/**
 * The settings of the connection to RocketMQ, to be spread into an app's schema. `rocketMqAccessOf` checks them
 * together.
 */
export const rocketMqVariables = {
  /** The address of its proxy. */
  ROCKETMQ_ENDPOINTS: z.string("host:port of RocketMQ's proxy, such as 127.0.0.1:8081"),
  /** This app's user in RocketMQ, if RocketMQ requires one. */
  ROCKETMQ_ACCESS_KEY: z.string().optional(),
  ROCKETMQ_SECRET_KEY: z.string().optional(),
  ROCKETMQ_TLS: z.enum(['true', 'false'], 'true or false').default('false'),
  /** The authorities that may have issued the proxy's certificate, in PEM. */
  ROCKETMQ_CA_FILE: z.string().optional(),
};

type Variables = z.output<z.ZodObject<typeof rocketMqVariables>>;

/** The validated settings of the connection to RocketMQ. */
export interface RocketMqAccess {
  readonly endpoints: string;
  readonly credentials?: { readonly accessKey: string; readonly accessSecret: string };
  readonly tls: boolean;
  /** @default the authorities that Node trusts */
  readonly caFile?: string;
}

/** Combines the settings. Those that contradict each other become issues of `context`. */
export function rocketMqAccessOf(settings: Variables, context: z.core.$RefinementCtx): RocketMqAccess {
  const wrong = (variable: keyof Variables, message: string) =>
    void context.issues.push({ code: 'custom', path: [variable], message, input: settings });
  const { ROCKETMQ_ACCESS_KEY: accessKey, ROCKETMQ_SECRET_KEY: accessSecret } = settings;
  const caFile = settings.ROCKETMQ_CA_FILE;
  const tls = settings.ROCKETMQ_TLS === 'true';
  if (accessKey !== undefined && accessSecret === undefined)
    wrong('ROCKETMQ_SECRET_KEY', 'the secret that belongs to ROCKETMQ_ACCESS_KEY');
  if (accessKey === undefined && accessSecret !== undefined)
    wrong('ROCKETMQ_ACCESS_KEY', 'the user that ROCKETMQ_SECRET_KEY belongs to');
  if (!tls && accessKey !== undefined)
    wrong('ROCKETMQ_TLS', 'true, because without TLS anyone who sees a signed call can reuse its signature');
  if (!tls && caFile !== undefined) wrong('ROCKETMQ_TLS', 'true, or remove ROCKETMQ_CA_FILE');
  return {
    endpoints: settings.ROCKETMQ_ENDPOINTS,
    ...(accessKey !== undefined &&
      accessSecret !== undefined && { credentials: { accessKey, accessSecret } }),
    tls,
    ...(caFile !== undefined && { caFile }),
  };
}

/** The connection for these settings. @throws TlsFilesError when `caFile` cannot be used */
export function rocketMqConnection(
  { endpoints, credentials, tls, caFile }: RocketMqAccess,
  log: Log,
): RocketMqConnection {
  const channels =
    caFile === undefined ? ChannelCredentials.createSsl() : trustedServer('RocketMQ', caFile, { log });
  return { endpoints, log, ...(credentials && { credentials }), ...(tls && { tls: channels }) };
}
