import type { ChannelCredentials } from '@grpc/grpc-js';
import type { Log } from '@seckill/log';

/** The address of RocketMQ's proxy, and how to authenticate. */
export interface RocketMqConnection {
  /** `host:port` of the proxy; several separated by semicolons. */
  endpoints: string;
  /** Access key and secret, if the proxy requires them. Use TLS with them: the signature covers only a timestamp. */
  credentials?: { readonly accessKey: string; readonly accessSecret: string };
  /** TLS, such as `ChannelCredentials.createSsl()` of grpc-js. @default plain text */
  tls?: ChannelCredentials;
  /** Timeout of one call to the broker, in ms. At least 1000. @default 3000 */
  requestTimeoutMs?: number;
  /** Gets a line about connection problems. @default Nest's logger */
  log?: Log;
}
