import type { ChannelCredentials } from '@grpc/grpc-js';
import type { Log } from '@seckill/log';

/** Where RocketMQ's proxy is and how to get in. */
export interface RocketMqConnection {
  /** `host:port` of the proxy; several separated by semicolons. */
  endpoints: string;
  /** Access key and secret, when the proxy asks for them. Use TLS then: the signature covers only a timestamp. */
  credentials?: { readonly accessKey: string; readonly accessSecret: string };
  /** TLS, such as `ChannelCredentials.createSsl()` of grpc-js. @default plain text */
  tls?: ChannelCredentials;
  /** Bound of one call to the broker, in ms. At least 1000. @default 3000 */
  requestTimeoutMs?: number;
  /** Where connection trouble is told. @default Nest's logger */
  log?: Log;
}
